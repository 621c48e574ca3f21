import { type DatabaseUrl, formatHost, formatUrl, parseUrl } from '../database-url'
import { Faults } from './faults'
import { isMongoChatter, primaryOf, quietUrl } from './mongodb'
import { Proxy } from './proxy'
import { isRedisChatter } from './redis'
import type { Wire } from './wire'

/**
 * Opens a wire in front of a database. Of a Redis Cluster the URL has to list every node, as the
 * nodes announce themselves; of a MongoDB replica set the wire leads to the primary.
 *
 * Barrier, `cut` and `loseReply` concern connections that have had an answer, since what comes first
 * on a new one is a greeting: use a store once before. `barrier` rejects when it gives up.
 * What a client of Redis or MongoDB asks on its own account is no round trip, and nothing happens
 * to it.
 */
export async function openWire(url: string): Promise<Wire> {
  const target = parseUrl(url)
  const isMongo = target.scheme === 'mongodb'
  const nodes = isMongo ? [await primaryOf(target)] : target.hosts
  const faults = new Faults(chatterOf(target))
  faults.proxies = await Promise.all(nodes.map((node) => Proxy.open(node, faults)))
  const addresses = faults.proxies.map((proxy) => proxy.address)
  const through = {
    url: isMongo ? quietUrl(target, addresses[0]!) : formatUrl({ ...target, hosts: addresses }),
    ...(target.scheme === 'redis+cluster' && {
      natMap: Object.fromEntries(nodes.map((node, i) => [formatHost(node), addresses[i]!])),
    }),
  }
  return Object.assign(faults, through)
}

function chatterOf({ scheme }: DatabaseUrl): (bytes: Buffer) => boolean {
  if (scheme === 'mongodb') return isMongoChatter
  return scheme.startsWith('redis') ? isRedisChatter : () => false
}
