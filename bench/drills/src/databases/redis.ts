import { startDatabase } from '@oauth2-kit/conformance/databases'
import { Redis } from 'ioredis'
import { Container } from './container'
import type { Database } from './database'
import { until } from './until'

/** Longer than any fault, in milliseconds. A pause ends by itself. */
const longestPauseMs = 600_000

/** A Redis server that writes to its disk. */
export async function redis(): Promise<Database> {
  const container = await Container.start({
    image: process.env.OAUTH2_TEST_REDIS_IMAGE || 'redis:7.0',
    port: 6379,
    command: ['redis-server', '--save', '', '--appendonly', 'yes'],
    // A server that is still loading its data answers with an error.
    ready: ['bash', '-c', 'test "$(redis-cli ping)" = PONG'],
  })
  const url = `redis://127.0.0.1:${container.port}`
  return {
    description: `${await container.exec(['redis-server', '--version'])}, appendonly yes`,
    url: () => url,
    kill: () => container.kill(),
    freeze: () => container.freeze(),
    thaw: () => container.thaw(),
    start: () => container.restart(),
    async holdWrites() {
      await query(container.port, (node) => node.call('CLIENT', 'PAUSE', longestPauseMs, 'WRITE'))
      return async () => {
        await query(container.port, (node) => node.call('CLIENT', 'UNPAUSE'))
      }
    },
    close: () => container.remove(),
  }
}

/** A Cluster of three masters with one replica each. */
export async function redisCluster(): Promise<Database> {
  const server = await startDatabase('redis-cluster')
  const { url } = server
  const ports = [...url.matchAll(/:(\d+)/g)].map(([, port]) => Number(port))
  // The tests use a longer timeout, because a busy machine may stall.
  await Promise.all(
    ports.map((port) => query(port, (node) => node.config('SET', 'cluster-node-timeout', 2000))),
  )
  let killed: number | undefined
  return {
    description: `${await server.exec(['redis-server', '--version'])}, Cluster of three masters and three replicas`,
    url: () => url,
    async failOver() {
      killed = await firstMaster(ports)
      const [, pid] = /process_id:(\d+)/.exec(await query(killed, (node) => node.info('server')))!
      await server.exec(['bash', '-c', `kill -9 ${pid}`])
      const others = ports.filter((port) => port !== killed)
      await until('the replica to take over', () => isWhole(others, killed!))
    },
    async rejoin() {
      const command = `redis-server --port ${killed} --bind '*' --protected-mode no --save '' --appendonly no --cluster-enabled yes --cluster-config-file nodes-${killed}.conf --cluster-announce-ip 127.0.0.1 --cluster-node-timeout 2000`
      await server.exec(['bash', '-c', `nohup ${command} >/dev/null 2>&1 &`])
    },
    close: () => server.stop(),
  }
}

/** Resolves with whether all nodes know that one is lost, and see three working masters. */
async function isWhole(ports: readonly number[], lost: number): Promise<boolean> {
  const views = await Promise.all(ports.map((port) => query(port, (node) => node.cluster('NODES'))))
  return views.every((view) => {
    const nodes = String(view).split('\n')
    const isKnown = nodes.some((line) => line.includes(`:${lost}@`) && /[ ,]fail[ ,]/.test(line))
    const masters = nodes.filter((line) => / (myself,)?master - .* connected \d/.test(line))
    return isKnown && masters.length === 3
  })
}

async function firstMaster(ports: readonly number[]): Promise<number> {
  for (const port of ports) {
    const replication = await query(port, (node) => node.info('replication'))
    if (replication.includes('role:master')) return port
  }
  throw new Error('No node is a master')
}

async function query<T>(port: number, command: (node: Redis) => Promise<T>): Promise<T> {
  const node = new Redis({ port, lazyConnect: true, maxRetriesPerRequest: 1, commandTimeout: 1000 })
  node.on('error', () => {})
  try {
    return await command(node)
  } finally {
    node.disconnect()
  }
}
