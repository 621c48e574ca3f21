import { createConnection } from 'mysql2/promise'
import { Container } from './container'
import type { Database } from './database'

const password = 'oauth2-kit'

/** MariaDB with default settings: `innodb_flush_log_at_trx_commit` is 1. */
export async function mariadb(): Promise<Database> {
  const container = await Container.start({
    image: process.env.OAUTH2_TEST_MARIADB_IMAGE || 'mariadb:10.11',
    environment: { MARIADB_ROOT_PASSWORD: password, MARIADB_DATABASE: 'drill' },
    port: 3306,
    // Otherwise MariaDB blocks a host whose connections failed while the server was frozen.
    command: ['mariadbd', '--max-connect-errors=1000000'],
    // The port opens before accounts and databases exist.
    ready: ['mariadb', '-h', '127.0.0.1', '-u', 'root', `-p${password}`, '-e', 'SELECT 1', 'drill'],
  })
  const url = `mysql://root:${password}@127.0.0.1:${container.port}/drill`
  return {
    description: await container.exec(['mariadbd', '--version']),
    url: () => url,
    kill: () => container.kill(),
    freeze: () => container.freeze(),
    thaw: () => container.thaw(),
    start: () => container.restart(),
    hold: () => lock(url, 'WRITE'),
    holdWrites: () => lock(url, 'READ'),
    close: () => container.remove(),
  }
}

/** Locks the table of grants. Resolves with a function that unlocks it. */
async function lock(url: string, mode: 'READ' | 'WRITE'): Promise<() => Promise<void>> {
  const connection = await createConnection(url)
  await connection.query(`LOCK TABLES oauth_credentials ${mode}`)
  return async () => {
    await connection.query('UNLOCK TABLES')
    await connection.end()
  }
}
