import { EventEmitter, once } from 'node:events'
import type { Context, RawHooks } from '../types'
import { type NodeOptions, monitor } from './redis-monitor'

/** The part of a `Redis` of ioredis that the hooks use. */
export interface RedisNode {
  readonly options: object
  call(command: string, ...args: (string | number)[]): Promise<unknown>
}

/** The part of a `Cluster` of ioredis that the hooks use. */
export interface RedisCluster extends RedisNode {
  nodes(role: 'master'): RedisNode[]
}

/** The options of `redisRaw`. */
export interface RedisRawOptions {
  /** Returns a client of the server or Cluster, without a `keyPrefix`. */
  client: (context: Context) => RedisNode | RedisCluster
  /** Returns what each key of the store of that context begins with. */
  prefix: (context: Context) => string
  /**
   * The commands that count as a scan of everything. @default KEYS, SCAN and SMEMBERS
   */
  scanning?: RegExp
  /** Returns the key that ends with the credential with that hash. Enables `removedAt`. */
  credentialKey?: (context: Context, hash: string) => string | Promise<string>
  /** Returns the key of the record with that key. Enables `recordRemovedAt`. */
  recordKey?: (context: Context, key: string) => string | Promise<string>
  /** Returns whether a key is for something without an end, such as a client. Enables `immortal`. */
  isLasting?: (key: string) => boolean
}

/** The hooks of Redis. */
export type RedisHooks = Required<Pick<RawHooks, 'dump' | 'count' | 'explain' | 'ends' | 'alive'>> &
  Pick<RawHooks, 'removedAt' | 'recordRemovedAt' | 'immortal'>

/** How to read a key of each type: its content, and the number of its entries. */
const readers: Record<string, { content: (string | number)[]; size?: string }> = {
  string: { content: ['get', ''] },
  hash: { content: ['hgetall', ''], size: 'hlen' },
  list: { content: ['lrange', '', 0, -1], size: 'llen' },
  set: { content: ['smembers', ''], size: 'scard' },
  zset: { content: ['zrange', '', 0, -1, 'WITHSCORES'], size: 'zcard' },
  stream: { content: ['xrange', '', '-', '+'], size: 'xlen' },
}

/** Returns hooks for a store in Redis. `damage` and `older` depend on the store. */
export function redisRaw({
  client,
  prefix,
  scanning = /^(?:keys|scan|smembers)$/i,
  credentialKey,
  recordKey,
  isLasting,
}: RedisRawOptions): RedisHooks {
  const keysIn = (context: Context) => keysOf(client(context), prefix(context))

  async function endsIn(context: Context): Promise<Record<string, number | null>> {
    const ends = (await keysIn(context)).map(
      async (key) => [key, await endOf(client(context), key)] as const,
    )
    // A key may have expired since.
    const there = (await Promise.all(ends)).filter(([, end]) => end !== undefined)
    return Object.fromEntries(there) as Record<string, number | null>
  }

  async function endAt(context: Context, key: string): Promise<number | null> {
    const end = await endOf(client(context), key)
    if (end === undefined) throw new Error(`Missing key: ${key}`)
    return end
  }

  return {
    async dump(context) {
      const keys = await keysIn(context)
      const contents = keys.map(async (key) => {
        const { content } = await readerOf(client(context), key)
        const [command = '', ...args] = content.map((one) => (one === '' ? key : one))
        return `${key} ${JSON.stringify(await client(context).call(String(command), ...args))}`
      })
      return (await Promise.all(contents)).join('\n')
    },

    async count(context) {
      const sizes = (await keysIn(context)).map(async (key) => {
        const { size } = await readerOf(client(context), key)
        return size === undefined ? 1 : Number(await client(context).call(size, key))
      })
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    },

    explain: (context, work) => monitored(client(context), prefix(context), scanning, work),

    ends: endsIn,

    async alive(context) {
      return (await client(context).call('ping')) === 'PONG'
    },

    ...(credentialKey && {
      removedAt: async (context, hash) => endAt(context, await credentialKey(context, hash)),
    }),
    ...(recordKey && {
      recordRemovedAt: async (context, key) => endAt(context, await recordKey(context, key)),
    }),
    ...(isLasting && {
      async immortal(context) {
        const ends = await endsIn(context)
        return Object.keys(ends).filter((key) => ends[key] === null && !isLasting(key))
      },
    }),
  }
}

/** Returns the nodes that store keys, each once. */
async function mastersOf(client: RedisNode | RedisCluster): Promise<RedisNode[]> {
  // A Cluster learns its nodes when it connects.
  await client.call('ping')
  return 'nodes' in client ? client.nodes('master') : [client]
}

/** Returns the keys with a prefix, of every node. */
async function keysOf(client: RedisNode | RedisCluster, prefix: string): Promise<string[]> {
  const match = `${prefix.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)}*`
  const found = (await mastersOf(client)).map(async (node) => {
    const keys: string[] = []
    let cursor = '0'
    do {
      const page = await node.call('scan', cursor, 'MATCH', match, 'COUNT', 1000)
      const [next, some] = page as [string, string[]]
      keys.push(...some)
      cursor = next
    } while (cursor !== '0')
    return keys
  })
  return [...new Set((await Promise.all(found)).flat())]
}

async function readerOf(client: RedisNode, key: string) {
  const type = String(await client.call('type', key))
  // A key that has just expired has no content.
  return readers[type] ?? readers['string']!
}

/** Resolves with when a key expires; `null` = never, `undefined` = there is no such key. */
async function endOf(client: RedisNode, key: string): Promise<number | null | undefined> {
  const at = Number(await client.call('pexpiretime', key).catch(() => expiryOf(client, key)))
  if (at === -2) return undefined
  return at === -1 ? null : at
}

/** For Redis 6, which has no PEXPIRETIME. */
async function expiryOf(client: RedisNode, key: string): Promise<number> {
  const rest = Number(await client.call('pttl', key))
  return rest < 0 ? rest : Date.now() + rest
}

/** Returns the names of the commands of that kind that touched keys of the store during the work. */
async function monitored(
  client: RedisNode | RedisCluster,
  prefix: string,
  scanning: RegExp,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const nodes = await mastersOf(client)
  const found: string[] = []
  const end = `${prefix}end`
  let ended = 0
  const over = new EventEmitter()
  const all = once(over, 'all')
  const monitors = await Promise.all(
    nodes.map(({ options }) =>
      monitor(options as NodeOptions, ([name = '', ...args]) => {
        if (/^echo$/i.test(name) && args[0] === end && ++ended === nodes.length) over.emit('all')
        // KEYS takes a pattern instead of a key, so it always counts.
        const isOurs = /^keys$/i.test(name) || args.some((arg) => arg.includes(prefix))
        if (scanning.test(name) && isOurs) found.push(name)
      }),
    ),
  )
  try {
    await work()
    // When the echo has been seen, every command before it has been seen too.
    await Promise.all(nodes.map((node) => node.call('echo', end)))
    await all
    return found
  } finally {
    for (const close of monitors) close()
  }
}
