import { Client } from 'pg'
import { Container } from './container'
import type { Database } from './database'

const password = 'oauth2-kit'

/** PostgreSQL with default settings: `fsync` and `synchronous_commit` are on. */
export async function postgres(): Promise<Database> {
  const container = await Container.start({
    image: process.env.OAUTH2_TEST_POSTGRES_IMAGE || 'postgres:15',
    environment: { POSTGRES_PASSWORD: password, POSTGRES_DB: 'drill' },
    port: 5432,
    command: ['postgres'],
    ready: ['pg_isready', '-h', '127.0.0.1', '-U', 'postgres', '-d', 'drill'],
  })
  const url = `postgres://postgres:${password}@127.0.0.1:${container.port}/drill`
  return {
    description: await container.exec(['postgres', '--version']),
    url: () => url,
    kill: () => container.kill(),
    freeze: () => container.freeze(),
    thaw: () => container.thaw(),
    async stop(how) {
      await container.kill(how === 'fast' ? 'INT' : 'QUIT')
      await container.ended()
    },
    start: () => container.restart(),
    hold: () => lock(url, 'ACCESS EXCLUSIVE'),
    holdWrites: () => lock(url, 'SHARE'),
    close: () => container.remove(),
  }
}

/** Locks the table of grants. Resolves with a function that unlocks it. */
async function lock(url: string, mode: string): Promise<() => Promise<void>> {
  const client = new Client(url)
  await client.connect()
  await client.query('BEGIN')
  await client.query(`LOCK TABLE oauth_credentials IN ${mode} MODE`)
  return async () => {
    await client.query('COMMIT')
    await client.end()
  }
}
