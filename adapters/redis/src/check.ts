import type { Finding } from '@oauth2-kit/core'
import type { Redis } from 'ioredis'
import { type RedisClient, isCluster } from './database'
import { ifAllowed, permissionFindings } from './permissions'

/** The fields of a server's INFO reply. */
type Info = Readonly<Record<string, string | undefined>>

const mostClockSkewMs = 60_000

/** What `check` must know of a store. */
export interface Checked {
  /** The beginning of all keys, with the `keyPrefix` of the client. */
  prefix: string
  /** How long the store waits for replicas, in milliseconds; 0 = not at all. */
  waitMs: number
}

/**
 * Resolves with what is wrong with the servers and the client, and with what the user of the client
 * may not find out.
 */
export async function check(client: RedisClient, checked: Checked): Promise<Finding[]> {
  const nodes = await nodesOf(client)
  const inCluster = isCluster(client)
  const ofNodes = await Promise.all(nodes.map((node) => findingsOfNode(node, inCluster, checked)))
  return [...ofClient(client, checked.waitMs), ...ofNodes.flat()]
}

const warned = new WeakSet<RedisClient>()

/**
 * Emits a warning, once per client, if a server may evict keys. Waits until the client is ready,
 * because the store does not decide when it connects.
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
    const found = infos.flatMap((info, at) => (info ? ofEviction(info, nameOf(nodes[at]!)) : []))[0]
    if (!found) return
    process.emitWarning(`${found.problem}. ${found.fix}`, { code: 'OAUTH2_KIT_REDIS_EVICTION' })
  } catch {
    // Calls of the store report that the server cannot be reached, and `check` reports that its
    // policy is unknown.
  }
}

async function nodesOf(client: RedisClient): Promise<Redis[]> {
  // A Cluster client knows all nodes only after the first reply.
  await ifAllowed(client.ping())
  return isCluster(client) ? client.nodes('master') : [client]
}

async function findingsOfNode(
  node: Redis,
  inCluster: boolean,
  { prefix, waitMs }: Checked,
): Promise<Finding[]> {
  const name = nameOf(node)
  const [info, time, denied] = await Promise.all([
    infoOf(node),
    ifAllowed(node.time()),
    permissionFindings(node, name, prefix, waitMs > 0),
  ])
  return [
    ...denied,
    ...(info ? ofInfo(info, name, inCluster) : [unknownInfo(node, name)]),
    ...(time ? ofClock(Number(time[0]) * 1000 - Date.now(), name) : []),
  ]
}

function unknownInfo({ options: { username = 'default' } }: Redis, name: string): Finding {
  return {
    problem: `The user "${username}" may not run INFO on ${name}: it is unknown whether the server may evict keys, keeps data after a restart, and has the version 6.2 or later`,
    fix: `Allow it: ACL SETUSER ${username} +info. Or look it up yourself: maxmemory-policy must be noeviction, and appendonly yes`,
  }
}

function ofInfo(info: Info, name: string, inCluster: boolean): Finding[] {
  return [
    ...ofEviction(info, name),
    ...ofVersion(info, name),
    ...ofPersistence(info, name),
    ...(info.cluster_enabled === '1' && !inCluster
      ? [
          {
            problem: `${name} is a node of a Cluster, but the client is for a single node`,
            fix: 'Pass a Cluster of ioredis to redisStore()',
          },
        ]
      : []),
  ]
}

function ofEviction({ maxmemory_policy: policy }: Info, name: string): Finding[] {
  if (policy === 'noeviction') return []
  return [
    {
      problem: `The maxmemory-policy of ${name} is ${policy ?? 'unknown'}: it may drop a grant and keep its tokens, which then outlive a revocation, or drop a redemption mark, so that a code or refresh token can be redeemed twice`,
      fix: 'Set maxmemory-policy to noeviction, and keep caches on another server',
    },
  ]
}

function ofVersion({ redis_version: version = '0' }: Info, name: string): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 6 || (major === 6 && minor >= 2)) return []
  return [{ problem: `${name} runs Redis ${version}`, fix: 'Update it to 6.2 or later' }]
}

function ofPersistence({ aof_enabled: aof, connected_slaves: replicas }: Info, name: string) {
  if (aof === '1' || Number(replicas) > 0) return []
  return [
    {
      problem: `${name} has neither an append-only file nor a replica: after a restart, acknowledged tokens are lost, and revoked ones may be valid again`,
      fix: 'Set appendonly to yes',
    },
  ]
}

function ofClock(aheadMs: number, name: string): Finding[] {
  if (Math.abs(aheadMs) <= mostClockSkewMs) return []
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  return [
    {
      problem: `The clock of ${name} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this process: the server removes expired keys by its own clock`,
      fix: 'Synchronize the clocks',
    },
  ]
}

function ofClient(client: RedisClient, waitMs: number): Finding[] {
  const { commandTimeout } = nodeOptions(client)
  if (!commandTimeout) {
    return [
      {
        problem:
          'The client has no commandTimeout: a call waits forever if a server does not answer',
        fix: `Set commandTimeout ${isCluster(client) ? "in the Cluster's redisOptions " : ''}to about 1000 ms`,
      },
    ]
  }
  if (commandTimeout > waitMs) return []
  return [
    {
      problem: `The commandTimeout of ${commandTimeout} ms does not exceed waitMs`,
      fix: `Set it above ${waitMs} ms`,
    },
  ]
}

function nodeOptions(client: RedisClient) {
  return isCluster(client) ? (client.options.redisOptions ?? {}) : client.options
}

/** Resolves with `null` if the user of the client may not run INFO. */
async function infoOf(node: Redis): Promise<Info | null> {
  const text = await ifAllowed(node.info())
  if (text === null) return null
  return Object.fromEntries(
    text.split('\r\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    }),
  )
}

function nameOf({ options }: Redis): string {
  if (options.sentinels) return `the ${options.role ?? 'master'} of "${options.name}"`
  return options.path ?? `${options.host}:${options.port}`
}
