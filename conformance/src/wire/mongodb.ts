import type * as mongodb from 'mongodb'
import { driver } from '../driver'
import { type Address, type DatabaseUrl, formatUrl, parseUrl, withOptions } from '../database-url'

/**
 * A client of MongoDB asks each server for its health on connections of its own. That would count
 * as round trips and take the place of requests, so the URL asks for it once an hour; after a fault
 * the client looks at once all the same.
 */
const quiet = {
  directConnection: true,
  serverMonitoringMode: 'poll',
  heartbeatFrequencyMS: 3_600_000,
}

/** The same database through one proxy, without the client's own chatter. */
export function quietUrl(url: DatabaseUrl, proxy: Address): string {
  return formatUrl({ ...url, hosts: [proxy], options: withOptions(url.options, quiet) })
}

/** The server to go to: of a replica set its primary, which is where all requests go. */
export async function primaryOf(url: DatabaseUrl): Promise<Address> {
  const isSet = url.options.some((option) => option.startsWith('replicaSet='))
  if (url.hosts.length === 1 && !isSet) return url.hosts[0]!
  const { MongoClient } = driver('mongodb') as typeof mongodb
  await using client = new MongoClient(formatUrl(url))
  const { primary } = await client.db('admin').command({ hello: 1 })
  return parseUrl(`mongodb://${primary}`).hosts[0]!
}
