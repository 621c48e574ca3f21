import { Cluster, Redis, type RedisOptions } from 'ioredis'

const clusterUrl = /^redis\+cluster:\/\/(?:[^:@]*:([^@]*)@)?(.+)$/

/**
 * Returns a client of the node in `redis://host:port`, or of the Cluster in
 * `redis+cluster://:password@host:port,host:port`, which lists some of its nodes. A command waits
 * for at most `timeout` milliseconds. Connect the client before use.
 */
export function redisClient(url: string, timeout: number): Redis | Cluster {
  const bounds = { commandTimeout: timeout, connectTimeout: timeout, maxRetriesPerRequest: 1 }
  const client = clusterUrl.test(url)
    ? cluster(url, bounds)
    : new Redis(url, { ...bounds, lazyConnect: true })
  // ioredis reconnects by itself. Requests that need it in the meantime get a 503.
  client.on('error', (error) => console.error(`Redis: ${error.message}`))
  return client
}

function cluster(url: string, bounds: RedisOptions): Cluster {
  const [, password = '', hosts = ''] = clusterUrl.exec(url) ?? []
  const nodes = hosts.split(',').map((host) => {
    const { hostname, port } = new URL(`redis://${host}`)
    return { host: hostname, port: Number(port) || 6379 }
  })
  return new Cluster(nodes, {
    lazyConnect: true,
    enableOfflineQueue: false,
    // With `natMap`, ioredis 6.0 sends a command that got MOVED to a random node.
    maxRedirections: 100,
    redisOptions: { ...bounds, password: decodeURIComponent(password) || undefined },
    // All nodes may be on one host: they know each other as 127.0.0.1, but we reach them by the
    // host's name.
    natMap(address) {
      const [, port] = /^127\.0\.0\.1:(\d+)$/.exec(address) ?? []
      return port && nodes[0] ? { host: nodes[0].host, port: Number(port) } : null
    },
  })
}
