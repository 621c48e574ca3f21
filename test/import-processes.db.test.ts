import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ImportReport, Store } from '@oauth2-kit/core'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import { redisStore } from '@oauth2-kit/redis'
import { typeormStore } from '@oauth2-kit/typeorm'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { migrated } from '../adapters/typeorm/test/support/data-source'
import { allRun } from './support/growth'
import { programFolder, root } from './support/programs'

// Imports of the command line that run at the same time, or are killed.

const program = path.join(root, 'cli/bin/oauth2-kit.js')
const grants = 200

/** How a database is prepared and opened here, and the module that opens it in another process. */
interface OnDatabase {
  module: string
  open(place: Isolated): Promise<{ store: Store; close: () => unknown }>
}

const databases: Record<'postgres' | 'mongodb' | 'redis', OnDatabase> = {
  postgres: {
    module: `import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
const url = process.env.DATABASE_URL
const dataSource = new DataSource({ type: 'postgres', url, ...oauthTables('postgres') })
await dataSource.initialize()
const store = typeormStore(dataSource)
const end = () => dataSource.destroy()`,
    async open({ url }) {
      const dataSource = await migrated(url)
      return { store: typeormStore(dataSource), close: () => dataSource.destroy() }
    },
  },
  mongodb: {
    module: `import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
const client = new MongoClient(process.env.DATABASE_URL)
const store = mongoStore(client.db())
const end = () => client.close()`,
    async open({ url }) {
      const client = new MongoClient(url)
      const store = mongoStore(client.db())
      await store.createIndexes()
      return { store, close: () => client.close() }
    },
  },
  redis: {
    module: `import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
const client = new Redis(process.env.DATABASE_URL)
const store = redisStore(client, { prefix: process.env.DATABASE_PREFIX })
const end = () => client.disconnect()`,
    async open({ url, namespace }) {
      const client = new Redis(url)
      return { store: redisStore(client, { prefix: namespace }), close: () => client.disconnect() }
    },
  },
}

/** The word that a process writes to stderr when it has added the tokens of some rows, and stops. */
const stopped = 'stopped-after-some-rows'

/** Exports the store. With the variable `STOPS`, it stops after the tokens of some rows. */
const exporting = `
let calls = 0
export default {
  store: {
    ...store,
    extend: (...args) => {
      if (process.env.STOPS === undefined || ++calls <= 40) return store.extend(...args)
      process.stderr.write('${stopped}')
      return new Promise(() => {})
    },
  },
  close: end,
}
`

function linesFor(id: string): string {
  const expiry = new Date(Date.now() + 3_600_000)
  const rows: object[] = [
    { kind: 'client', id: `client-${id}`, type: 'public', grantTypes: ['password'] },
    { kind: 'user', id: `user-${id}`, username: `name-${id}`, password: 'a long password' },
  ]
  for (let n = 0; n < grants; n++)
    rows.push({
      kind: 'grant',
      clientId: `client-${id}`,
      userId: `user-${id}`,
      ...(n % 2 === 0 && { refreshToken: `refresh-${n}-${id}`, refreshTokenExpiresAt: null }),
      accessToken: `access-${n}-${id}`,
      accessTokenExpiresAt: expiry,
    })
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

async function reportOf(child: ChildProcess): Promise<ImportReport> {
  let stdout = ''
  child.stdout?.on('data', (text) => (stdout += String(text)))
  expect(await once(child, 'close')).toEqual([0, null])
  return JSON.parse(stdout) as ImportReport
}

// What the processes do to each other hardly depends on the database: every store is exactly-once.
const names = allRun ? (['postgres', 'mongodb', 'redis'] as const) : (['postgres'] as const)

describe.each(names)('oauth2-kit import', (name) => {
  describeDatabase(name, (database) => {
    const place = programFolder()
    let isolated: Isolated
    let opened: Awaited<ReturnType<OnDatabase['open']>>

    beforeAll(async () => {
      isolated = await database.isolated()
      opened = await databases[name].open(isolated)
      writeFileSync(path.join(place.folder, 'store.mjs'), databases[name].module + exporting)
    })

    afterAll(async () => {
      await opened?.close()
      await isolated?.drop()
      place[Symbol.dispose]()
    })

    function start(id: string, variables: NodeJS.ProcessEnv = {}): ChildProcess {
      const argv = [program, 'import', '--from', '-', '--store', 'store.mjs', '--json']
      const child = spawn(process.execPath, argv, {
        cwd: place.folder,
        env: {
          ...process.env,
          DATABASE_URL: isolated.url,
          DATABASE_PREFIX: isolated.namespace,
          ...variables,
        },
      })
      // A process that is killed no longer reads.
      child.stdin?.on('error', () => {})
      child.stdin?.end(linesFor(id))
      return child
    }

    async function expectEachOnce(id: string): Promise<void> {
      for (let n = 0; n < grants; n++) {
        const hash = createHash('sha256').update(`access-${n}-${id}`).digest('hex')
        expect(await opened.store.find(hash)).not.toBeNull()
      }
      const selector = { userId: `user-${id}` }
      const found = new Set<string>()
      for (let after: string | null | undefined; after !== null;) {
        const page = { limit: 100, ...(after !== undefined && { after }) }
        const { grants: some, next } = await opened.store.listGrants(selector, page)
        for (const grant of some) found.add(grant.id)
        after = next
      }
      expect(found.size).toBe(grants)
    }

    it('by two processes at once creates each row once', async () => {
      const id = randomUUID()
      const reports = await Promise.all([1, 2].map(() => reportOf(start(id))))
      for (const kind of ['clients', 'users', 'grants'] as const) {
        const created = reports.map((report) => report[kind].created)
        expect(created[0]! + created[1]!).toBe(kind === 'grants' ? grants : 1)
      }
      await expectEachOnce(id)
    })

    it('that is killed is continued by the next one', async () => {
      const id = randomUUID()
      const killed = start(id, { STOPS: 'yes' })
      let stderr = ''
      killed.stderr?.on('data', (text) => {
        stderr += String(text)
        if (stderr.includes(stopped)) killed.kill('SIGKILL')
      })
      expect(await once(killed, 'close')).toEqual([null, 'SIGKILL'])
      const report = await reportOf(start(id))
      expect(report.grants.created).toBeGreaterThan(0)
      expect(report.grants.alreadyThere).toBeGreaterThan(0)
      expect(report.failed).toBe(0)
      const again = await reportOf(start(id))
      expect(again.grants).toEqual({ created: 0, alreadyThere: grants, skipped: 0, failed: 0 })
    })
  })
})
