import { IPv4, IPv6, isValid, parse } from 'ipaddr.js'

// Whoever has one address of IPv6 has all of its network.
const network = 8

/**
 * What an address is counted under: an IPv4 address as it is, in whatever way it is written, an IPv6
 * address as its /64 network, and anything else as text.
 */
export function addressKey(address: string): string {
  if (!isValid(address)) return address
  const parsed = parse(address)
  if (parsed instanceof IPv4) return parsed.toString()
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString()
  const bytes = parsed.toByteArray().map((byte, at) => (at < network ? byte : 0))
  return `${new IPv6(bytes).toString()}/64`
}
