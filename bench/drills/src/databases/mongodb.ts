import { startDatabase } from '@oauth2-kit/conformance/databases'
import { MongoClient } from 'mongodb'
import { Container } from './container'
import type { Database } from './database'
import { until } from './until'

/** A MongoDB server. */
export async function mongodb(): Promise<Database> {
  const container = await Container.start({
    image: process.env.OAUTH2_TEST_MONGODB_IMAGE || 'mongo:7.0',
    port: 27017,
    command: ['mongod'],
    ready: ['bash', '-c', '(exec 3<>/dev/tcp/127.0.0.1/27017)'],
  })
  const url = `mongodb://127.0.0.1:${container.port}/drill?directConnection=true`
  return {
    description: await versionOf(url),
    url: () => url,
    kill: () => container.kill(),
    freeze: () => container.freeze(),
    thaw: () => container.thaw(),
    async start() {
      await container.restart()
      await versionOf(url)
    },
    hold: () => lock(url),
    // The lock blocks only writes.
    holdWrites: () => lock(url),
    close: () => container.remove(),
  }
}

/** A replica set with three members. */
export async function mongodbReplica(): Promise<Database> {
  const server = await startDatabase('mongodb-replica')
  const { url } = server
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 60_000 })
  let killed: string | undefined
  return {
    description: `${await versionOf(url)}, replica set of three`,
    url: () => url,
    async failOver() {
      const before = await primaryOf(client)
      killed = before.split(':')[1]!
      await server.exec(['bash', '-c', killByPort(killed)])
      await until('another primary', async () => (await primaryOf(client)) !== before)
    },
    async rejoin() {
      const command = `mongod --bind_ip_all --dbpath /data/${killed} --port ${killed} --replSet rs0`
      await server.exec([
        'bash',
        '-c',
        `rm -f /data/${killed}/mongod.lock; nohup ${command} >/dev/null 2>&1 &`,
      ])
    },
    async close() {
      await client.close()
      await server.stop()
    },
  }
}

/** Locks the server against writes. Resolves with a function that unlocks it. */
async function lock(url: string): Promise<() => Promise<void>> {
  const client = new MongoClient(url)
  await client.db('admin').command({ fsync: 1, lock: true })
  return async () => {
    await client.db('admin').command({ fsyncUnlock: 1 })
    await client.close()
  }
}

/** Resolves with the version once the server answers. */
async function versionOf(url: string): Promise<string> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 60_000 })
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1 })
    return `MongoDB ${version}`
  } finally {
    await client.close()
  }
}

async function primaryOf(client: MongoClient): Promise<string> {
  const { primary } = await client.db('admin').command({ hello: 1 })
  return String(primary)
}

/**
 * Returns a command that kills the server but not the shell that started it. That shell has the
 * same words among its arguments, and killing it would stop all servers.
 */
function killByPort(port: string): string {
  return `for file in /proc/[0-9]*/cmdline; do
    if tr '\\0' ' ' < $file | grep -qE '^(\\S*/)?mongod(\\.exe)? .*--port ${port} '; then
      kill -9 $(basename $(dirname $file))
    fi
  done`
}
