import type * as mongodb from 'mongodb'
import { driver } from '../driver'
import { type Address, type DatabaseUrl, formatUrl, parseUrl, withOptions } from '../database-url'

/**
 * A MongoDB client monitors each server over separate connections. These options reduce that to
 * once an hour. After a fault the client checks at once anyway, see `isMongoChatter`.
 */
const quiet = {
  directConnection: true,
  serverMonitoringMode: 'poll',
  heartbeatFrequencyMS: 3_600_000,
}

/** Returns the same database's URL through one proxy, with less monitoring by the client. */
export function quietUrl(url: DatabaseUrl, proxy: Address): string {
  return formatUrl({ ...url, hosts: [proxy], options: withOptions(url.options, quiet) })
}

/** Commands that the client sends by itself: to monitor a server, and to authenticate. */
const ownCommands = new Set(['hello', 'ismaster', 'saslstart', 'saslcontinue'])

/** OP_QUERY of the wire protocol. Since MongoDB 5.1 it carries only the first "hello". */
const opQuery = 2004

/** Offsets in a message, in bytes. */
const offsets = { opCode: 12, command: 26 }

/** Returns whether bytes to a server consist only of messages that the client sends by itself. */
export function isMongoChatter(bytes: Buffer): boolean {
  let rest = bytes
  do {
    if (!isOwnMessage(rest)) return false
    // A message begins with its length.
    rest = rest.subarray(Math.max(rest.readInt32LE(0), offsets.command))
  } while (rest.length > 0)
  return true
}

/**
 * Returns whether the client sends this message by itself. The command of an OP_MSG is its first
 * field.
 */
function isOwnMessage(message: Buffer): boolean {
  if (message.length <= offsets.command) return false
  if (message.readInt32LE(offsets.opCode) === opQuery) return true
  const end = message.indexOf(0, offsets.command)
  return ownCommands.has(message.toString('latin1', offsets.command, end).toLowerCase())
}

/**
 * Resolves with the server to connect to. For a replica set it is the primary, which gets all
 * requests.
 */
export async function primaryOf(url: DatabaseUrl): Promise<Address> {
  const isSet = url.options.some((option) => option.startsWith('replicaSet='))
  if (url.hosts.length === 1 && !isSet) return url.hosts[0]!
  const { MongoClient } = driver('mongodb') as typeof mongodb
  await using client = new MongoClient(formatUrl(url))
  const { primary } = await client.db('admin').command({ hello: 1 })
  return parseUrl(`mongodb://${primary}`).hosts[0]!
}
