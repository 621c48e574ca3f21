import type { Finding } from '@oauth2-kit/core'
import type { Redis } from 'ioredis'
import { type RedisClient, isCluster } from './connection'

/** What a server says of itself. */
type Info = Readonly<Record<string, string | undefined>>

const mostClockSkewMs = 60_000

/** What is wrong with the servers and the client. */
export async function findingsOf(client: RedisClient, waitMs: number): Promise<Finding[]> {
  const nodes = await nodesOf(client)
  const ofNodes = await Promise.all(nodes.map((node) => findingsOfNode(node, isCluster(client))))
  return [...ofClient(client, waitMs), ...ofNodes.flat()]
}

const warned = new WeakSet<RedisClient>()

/**
 * Warns once of a client whose servers may drop what they keep: as soon as it is connected, for that
 * is not this store's to decide.
 */
export function warnOfEviction(client: RedisClient): void {
  if (warned.has(client)) return
  warned.add(client)
  if (client.status === 'ready') void warn(client)
  else client.once('ready', () => void warn(client))
}

async function warn(client: RedisClient): Promise<void> {
  try {
    const nodes = await nodesOf(client)
    const infos = await Promise.all(nodes.map(infoOf))
    const found = infos.flatMap((info, at) => ofEviction(info, nameOf(nodes[at]!)))[0]
    if (!found) return
    process.emitWarning(`${found.problem}. ${found.fix}`, { code: 'OAUTH2_KIT_REDIS_EVICTION' })
  } catch {
    // Whoever uses the store hears that the server is away, and `check` that it doesn't say.
  }
}

async function nodesOf(client: RedisClient): Promise<Redis[]> {
  // Not before there is an answer does a Cluster's client know all of them.
  await client.ping()
  return isCluster(client) ? client.nodes('master') : [client]
}

async function findingsOfNode(node: Redis, inCluster: boolean): Promise<Finding[]> {
  const name = nameOf(node)
  const [info, [seconds]] = await Promise.all([infoOf(node), node.time()])
  return [
    ...ofEviction(info, name),
    ...ofVersion(info, name),
    ...ofPersistence(info, name),
    ...ofClock(Number(seconds) * 1000 - Date.now(), name),
    ...(info.cluster_enabled === '1' && !inCluster
      ? [
          {
            problem: `${name} is a node of a Cluster, and the client is not`,
            fix: 'Give redisStore() a Cluster of ioredis',
          },
        ]
      : []),
  ]
}

function ofEviction({ maxmemory_policy: policy }: Info, name: string): Finding[] {
  if (policy === 'noeviction') return []
  return [
    {
      problem: `The maxmemory-policy of ${name} is ${policy ?? 'unknown'}: it may drop a grant and keep its tokens, which then outlive a revocation, or a mark of use, so that a code or refresh token is redeemed twice`,
      fix: 'Set maxmemory-policy to noeviction, and keep caches on another server',
    },
  ]
}

function ofVersion({ redis_version: version = '0' }: Info, name: string): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 6 || (major === 6 && minor >= 2)) return []
  return [{ problem: `${name} is Redis ${version}`, fix: 'Update it to 6.2 or later' }]
}

function ofPersistence({ aof_enabled: aof, connected_slaves: replicas }: Info, name: string) {
  if (aof === '1' || Number(replicas) > 0) return []
  return [
    {
      problem: `${name} has neither an append-only file nor a replica: when it restarts, tokens that it has acknowledged are gone, and revoked ones may be back`,
      fix: 'Set appendonly to yes',
    },
  ]
}

function ofClock(aheadMs: number, name: string): Finding[] {
  if (Math.abs(aheadMs) <= mostClockSkewMs) return []
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  return [
    {
      problem: `The clock of ${name} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this process: it removes what has expired by its own`,
      fix: 'Keep the clocks in step',
    },
  ]
}

function ofClient(client: RedisClient, waitMs: number): Finding[] {
  const { commandTimeout } = nodeOptions(client)
  if (!commandTimeout) {
    return [
      {
        problem:
          'The client has no commandTimeout: a call waits for ever where a server does not answer',
        fix: `Set commandTimeout ${isCluster(client) ? "in the Cluster's redisOptions " : ''}to some 1000 ms`,
      },
    ]
  }
  if (commandTimeout > waitMs) return []
  return [
    {
      problem: `The commandTimeout of ${commandTimeout} ms is not more than waitMs`,
      fix: `Set it above ${waitMs} ms`,
    },
  ]
}

function nodeOptions(client: RedisClient) {
  return isCluster(client) ? (client.options.redisOptions ?? {}) : client.options
}

async function infoOf(node: Redis): Promise<Info> {
  const text = await node.info()
  return Object.fromEntries(
    text.split('\r\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    }),
  )
}

function nameOf({ options }: Redis): string {
  return options.path ?? `${options.host}:${options.port}`
}
