import type * as mongodb from 'mongodb'
import { driver } from '../driver'
import { type Address, type DatabaseUrl, formatUrl, parseUrl, withOptions } from '../database-url'

/**
 * A client of MongoDB asks each server for its health on connections of its own. The URL asks for it
 * once an hour; after a fault the client looks at once all the same, see `isMongoChatter`.
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

/** Commands of the client itself: for the health of a server, and to sign in. */
const ownCommands = new Set(['hello', 'ismaster', 'saslstart', 'saslcontinue'])

/** OP_QUERY of the wire protocol: since MongoDB 5.1 only the first "hello" comes in one. */
const opQuery = 2004

/** Where a message keeps what it is, in bytes from its start. */
const offsets = { opCode: 12, command: 26 }

/** Whether bytes to a server are messages of the client itself, and nothing else. */
export function isMongoChatter(bytes: Buffer): boolean {
  let rest = bytes
  do {
    if (!isOwnMessage(rest)) return false
    // A message begins with its length.
    rest = rest.subarray(Math.max(rest.readInt32LE(0), offsets.command))
  } while (rest.length > 0)
  return true
}

/** The command of an OP_MSG is its first field. */
function isOwnMessage(message: Buffer): boolean {
  if (message.length <= offsets.command) return false
  if (message.readInt32LE(offsets.opCode) === opQuery) return true
  const end = message.indexOf(0, offsets.command)
  return ownCommands.has(message.toString('latin1', offsets.command, end).toLowerCase())
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
