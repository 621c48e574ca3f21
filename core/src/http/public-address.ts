import ipaddr from 'ipaddr.js'

// RFC 4291 2.4: all addresses of the public internet that are in use today.
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Returns whether an IP address belongs to the public internet. Loopback, private, link-local and
 * every other special address does not, nor does an IPv6 address that stands for an IPv4 address of
 * a network behind it (NAT64, 6to4, Teredo).
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  // An IPv4-mapped IPv6 address is judged as the IPv4 address.
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || address.match(globalUnicast)
}
