import type { DeviceDetails } from '@oauth2-kit/core'

const minuteMs = 60_000

/** Returns what the consent page shows of a device: its code, and when and where it asked. */
export function deviceText({ userCode, address, requestedAt }: DeviceDetails) {
  return {
    userCode,
    // An IPv4 address, as a server that listens on IPv6 sees it.
    address: address?.replace(/^::ffff:(?=\d+\.)/i, ''),
    requestedAt: requestedAt.toISOString(),
    age: ageOf(requestedAt),
  }
}

function ageOf(time: Date): string {
  const minutes = Math.floor((Date.now() - time.getTime()) / minuteMs)
  if (minutes < 1) return 'less than a minute ago'
  return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
}
