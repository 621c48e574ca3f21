import { redisNodes } from '@oauth2-kit/conformance/databases'
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import type { RedisClient } from '@oauth2-kit/redis'

/**
 * No call waits forever, as the README recommends. Only tests of a server that does not answer need
 * a short timeout: a burst of thousands of commands takes long on a busy machine.
 */
export const bounded = {
  commandTimeout: 60_000,
  connectTimeout: 60_000,
  maxRetriesPerRequest: 1,
} satisfies RedisOptions

/**
 * With `natMap`, ioredis 6.0 looks up the node of a MOVED by the address before the translation,
 * does not find it, and tries a random node. So a command may need many attempts.
 */
const redirections = { maxRedirections: 100 } satisfies ClusterOptions

/** Creates a client of the server or Cluster at a URL. */
export function clientOf(
  url: string,
  options: RedisOptions = {},
  ofCluster: ClusterOptions = {},
): RedisClient {
  const nodes = redisNodes(url)
  const client = url.startsWith('redis+cluster:')
    ? new Cluster(nodes, {
        redisOptions: { ...bounded, ...options },
        ...redirections,
        ...ofCluster,
      })
    : new Redis({ ...nodes[0], ...bounded, ...options })
  // A test that stops a server expects errors; without a listener ioredis prints them.
  client.on('error', () => {})
  return client
}

/** Returns the nodes that store keys, each once. */
export async function mastersOf(client: RedisClient): Promise<Redis[]> {
  await client.ping()
  return client.isCluster ? (client as Cluster).nodes('master') : [client as Redis]
}

/** Returns the keys with a prefix, of every node. */
export async function keysOf(client: RedisClient, prefix: string): Promise<string[]> {
  const found = await Promise.all(
    (await mastersOf(client)).map(async (node) => {
      const keys: string[] = []
      const match = `${prefix.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)}*`
      for await (const some of node.scanStream({ match, count: 1000 })) keys.push(...some)
      return keys
    }),
  )
  return [...new Set(found.flat())]
}
