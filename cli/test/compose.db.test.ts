import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { freePort } from '../../test/support/free-port'
import { describeCompose } from '../../examples/stacks/test/support/describe-compose'
import { command } from './support/command-line'

interface Compose {
  run(...args: string[]): Promise<void>
  /** Starts services, waits until they are healthy, and resolves with their containers. */
  up(...services: string[]): Promise<{ Name: string }[]>
}

const { composeIn } = require('../../scripts/compose') as {
  composeIn: (folder: string) => Compose
}

const connects = {
  async postgres(url: string) {
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.end()
  },
  async mariadb(url: string) {
    await (await createConnection(url)).end()
  },
  async mongodb(url: string) {
    await using client = new MongoClient(url)
    await client.db().command({ ping: 1 })
  },
  async redis(url: string) {
    const client = new Redis(url, { lazyConnect: true })
    await client.connect()
    client.disconnect()
  },
}

const providers = {
  postgres: ['--store', 'typeorm'],
  mariadb: ['--store', 'typeorm', '--database', 'mariadb'],
  mongodb: ['--store', 'mongo'],
  redis: ['--store', 'redis'],
}

for (const name of ['postgres', 'mariadb', 'mongodb', 'redis'] as const) {
  describeCompose(`docker-compose.yml of init, for ${name}`, name, () => {
    it('starts the database of .env, under a name of its own, and waits until it answers', async () => {
      const cwd = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-compose-'))
      const ports = ['--port', '3000', '--database-port', String(await freePort())]
      await command(['init', ...providers[name], ...ports], { cwd })
      const env = parseEnv(readFileSync(path.join(cwd, '.env'), 'utf8'))
      const compose = composeIn(cwd)
      try {
        const [container] = await compose.up('database')
        expect(container?.Name).toContain(env['COMPOSE_PROJECT_NAME'])
        await expect(connects[name](env['DATABASE_URL'] ?? '')).resolves.toBeUndefined()
      } finally {
        await compose.run('down', '--volumes')
        rmSync(cwd, { recursive: true })
      }
    })
  })
}
