import { type DatabaseUrl, formatHost, formatUrl, parseUrl } from '../database-url'
import { Faults } from './faults'
import { isMongoChatter, primaryOf, quietUrl } from './mongodb'
import { Proxy } from './proxy'
import { isRedisChatter } from './redis'
import type { Wire } from './wire'

/**
 * Opens a wire in front of a database. The URL of a Redis Cluster must list every node under the
 * address that the node announces; for a MongoDB replica set the wire connects to the primary.
 *
 * A barrier, `cut` and `loseReply` affect only connections that have received a reply, because a
 * new connection starts with a greeting: use a store once before. `barrier` rejects when it gives
 * up. Commands that a Redis or MongoDB client sends by itself don't count as round trips, and no
 * fault affects them.
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
