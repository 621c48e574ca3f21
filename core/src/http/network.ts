import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { RefusedDocumentError, fetchError } from './fetch-errors'
import { isPublicAddress } from './public-address'

/** The parts of the network that tests replace. */
export interface Network {
  /** Resolves with all addresses of a host. */
  resolve: (host: string) => Promise<LookupAddress[]>
  /** Returns whether the server may connect to an address. */
  isAllowed: (address: string) => boolean
  /** The certificates of authorities to trust, in PEM. Undefined means those of Node. */
  ca?: string
}

/** The public internet. */
export const publicNetwork: Network = {
  resolve: (host) => resolvedHost(host, new Resolver({ timeout: 1500, tries: 2 })),
  isAllowed: isPublicAddress,
}

/** RFC 6761 6.3: these names are loopback, whatever the DNS says. */
const loopbackName = /^(?:.*\.)?localhost\.?$/i

/**
 * Resolves with the addresses of the host of a URL, each of which is allowed. Throws a
 * RefusedDocumentError if one of them is not. `replacedBy` is the option for private networks.
 */
export async function allowedAddresses(
  { hostname, origin, pathname }: URL,
  { resolve, isAllowed }: Network,
  replacedBy: string,
): Promise<LookupAddress[]> {
  // The URL parser has normalized every form of an IP address, such as a decimal number.
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const notPublic = () =>
    new RefusedDocumentError(
      `The address of ${origin}${pathname} is not public: to fetch from a private network, set the ` +
        `option ${replacedBy}`,
    )
  if (loopbackName.test(host)) throw notPublic()
  const family = isIP(host)
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
  if (addresses.length === 0) throw fetchError(`The host "${host}" has no address`)
  // One private address among public ones is enough for an attack.
  if (!addresses.every(({ address }) => isAllowed(address))) throw notPublic()
  return addresses
}

/**
 * Resolves with the addresses of a host from the DNS. `dns.lookup()` is not used: it occupies one of
 * the four threads that Node also needs for files and password hashes, and others choose the host, so
 * they could choose one whose DNS server never answers.
 */
export async function resolvedHost(host: string, resolver: Resolver): Promise<LookupAddress[]> {
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  const found = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const addresses = found.flat().map((address) => ({ address, family: isIP(address) }))
  const [first] = answers
  if (addresses.length === 0 && first.status === 'rejected') throw first.reason
  return addresses
}
