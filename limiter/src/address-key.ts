// Not by name, because Node.js doesn't find the names of this module from an ES module.
import ipaddr from 'ipaddr.js'

const { IPv4, IPv6, isValid, parse } = ipaddr

// The bytes of an IPv6 network: a user with one address usually controls all of its /64.
const network = 8

/**
 * Returns the key under which an address is counted: an IPv4 address in its canonical form, an IPv6
 * address as its /64 network, and anything else unchanged.
 */
export function addressKey(address: string): string {
  if (!isValid(address)) return address
  const parsed = parse(address)
  if (parsed instanceof IPv4) return parsed.toString()
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString()
  const bytes = parsed.toByteArray().map((byte, at) => (at < network ? byte : 0))
  return `${new IPv6(bytes).toString()}/64`
}
