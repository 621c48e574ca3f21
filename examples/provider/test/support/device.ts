import { deviceCode } from '../../src/provider/pages/device'
import { demo, signIn } from './flow'
import type { Page, Visitor } from './visitor'

/** The codes of a device (RFC 8628 3.2). */
export interface DeviceCodes {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  expires_in: number
  interval: number
}

/** Starts the flow of the demo device. */
export async function startDevice(
  issuer: string,
  changes: Record<string, string> = {},
): Promise<DeviceCodes> {
  const body = { client_id: demo.deviceClientId, scope: demo.scope, ...changes }
  return (await post(`${issuer}/oauth/device_authorization`, body)) as unknown as DeviceCodes
}

/** Asks for the tokens of the demo device, and returns the body of the response. */
export function poll(issuer: string, { device_code }: DeviceCodes) {
  const client_id = demo.deviceClientId
  return post(`${issuer}/oauth/token`, { grant_type: deviceCode, client_id, device_code })
}

/** Signs the visitor in at a `verification_uri_complete`, and returns the page that asks about the device. */
export function consentFor(visitor: Visitor, url: string): Promise<Page> {
  return signIn(visitor, url)
}

/** What a user fills in who has compared the code. */
export const compared = { compared: 'yes', decision: 'allow' }

async function post(url: string, body: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(body) })
  return (await response.json()) as Record<string, unknown>
}
