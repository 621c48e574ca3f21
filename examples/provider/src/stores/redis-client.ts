import { Cluster, Redis } from 'ioredis'

const bounds = { commandTimeout: 1000, connectTimeout: 1000, maxRetriesPerRequest: 1 }
const clusterUrl = /^redis\+cluster:\/\/(?:[^:@]*:([^@]*)@)?(.+)$/

/**
 * A client of the node in `redis://host:port`, or of the Cluster in
 * `redis+cluster://:password@host:port,host:port`, which names some of its nodes. Connect it first.
 */
export function redisClient(url: string): Redis | Cluster {
  const client = clusterUrl.test(url)
    ? cluster(url)
    : new Redis(url, { ...bounds, lazyConnect: true })
  // It connects again by itself; what a request needed meanwhile is a 503.
  client.on('error', (error) => console.error(`Redis: ${error.message}`))
  return client
}

function cluster(url: string): Cluster {
  const [, password = '', hosts = ''] = clusterUrl.exec(url) ?? []
  const nodes = hosts.split(',').map((host) => {
    const { hostname, port } = new URL(`redis://${host}`)
    return { host: hostname, port: Number(port) || 6379 }
  })
  return new Cluster(nodes, {
    lazyConnect: true,
    enableOfflineQueue: false,
    redisOptions: { ...bounds, password: decodeURIComponent(password) || undefined },
    // All nodes may be on one host: 127.0.0.1 to each other, and by the name of that host to us.
    natMap(address) {
      const [, port] = /^127\.0\.0\.1:(\d+)$/.exec(address) ?? []
      return port && nodes[0] ? { host: nodes[0].host, port: Number(port) } : null
    },
  })
}
