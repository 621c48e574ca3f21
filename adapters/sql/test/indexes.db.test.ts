import type { Credential, Store } from '@oauth2-kit/core'
import type { SqlStore } from '@oauth2-kit/sql'
import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
import { pgStore } from '@oauth2-kit/sql/pg'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  before,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'
import Database from 'libsql'
import { Pool } from 'pg'
import { type RawConnection, openRaw } from './support/raw'
import { describeEngines } from './support/places'

/** How many grants the tables have. A call must read far fewer rows. */
const many = 3000

/** Fills the table of the credentials with grants of other clients and users. */
const filling = (table: string, numbers: string) => `INSERT INTO ${table}
  (id, kind, grant_id, claims, ordinal, client_id, user_id, data, created_at, expires_at, keep_until, owner)
  SELECT 'grant ' || n, 'grant', NULL, NULL, 0, 'client ' || n, 'user ' || n, '{}', 1, NULL, 9e15, 'owner ' || n FROM ${numbers}
  UNION ALL SELECT 'code ' || n, 'code', 'grant ' || n, NULL, 0, 'client ' || n, 'user ' || n, '{}', 1, 9e15, 9e15, NULL FROM ${numbers}
  UNION ALL SELECT 'token ' || n, 'access', 'grant ' || n, 'code ' || n, 0, 'client ' || n, 'user ' || n, '{}', 1, 9e15, 9e15, NULL FROM ${numbers}`

/** Each call that looks for rows, on a grant of its own. */
const calls: Record<string, (store: Required<Store>) => Promise<unknown>> = {
  find: async (store) => store.find((await issued(store)).credential.hash),
  redeem: async (store) => redeemed(store, (await issued(store)).credential, aCredential()),
  async 'redeem a second time'(store) {
    const { credential } = await issued(store)
    await redeemed(store, credential, aCredential())
    await store.redeem(credential, [aCredential()])
    expect(await store.isRedeemed(credential)).toBe(true)
  },
  extend: async (store) => store.extend(refOf((await issued(store)).grant), [aCredential()]),
  async 'revoke a grant with its credentials'(store) {
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
  },
  async 'revoke by user'(store) {
    const { grant } = await issued(store)
    expect(await store.revoke({ userId: grant.userId! })).toBe(1)
  },
  async 'revoke by client'(store) {
    const { grant } = await issued(store, { clientId: aClient().id })
    expect(await store.revoke({ clientId: grant.clientId })).toBe(1)
  },
  async 'revoke by user and client'(store) {
    const { userId, clientId } = (await issued(store)).grant
    expect(await store.revoke({ userId: userId!, clientId })).toBe(1)
  },
  async 'list the grants of a user'(store) {
    const { userId } = (await issued(store)).grant
    const page = await store.listGrants({ userId: userId! }, { limit: 5 })
    expect(page.grants).toHaveLength(1)
  },
  async 'revoke an access token'(store) {
    const { credential } = await issued(store, {}, { kind: 'code' })
    const access = aCredential({ kind: 'access' })
    await redeemed(store, credential, access, aCredential())
    await store.revokeAccessToken(access.hash)
  },
  async 'delete a user'(store) {
    const user = aUser()
    await store.createUser(user)
    expect(await store.getUserByUsername(user.username)).toEqual(user)
    await store.issue(aGrant({ userId: user.id }), [aCredential()], {})
    await store.deleteUser(user.id, t0)
  },
  async purge(store) {
    await issued(store, {}, { expiresAt: t0 })
    await issued(store, {}, { kind: 'answer' as Credential['kind'], expiresAt: t0 })
    await store.addRecord(aRecord({ expiresAt: t0 }))
    await store.purge(before(t0 + 1), 10)
  },
}

describeEngines(['postgres'], (place) => {
  let pool: Pool
  beforeAll(async () => {
    const options = '-c plan_cache_mode=force_generic_plan'
    pool = new Pool({ connectionString: place.url, max: 1, options })
    pool.on('error', () => {})
    await pgStore(pool).migrate()
    const numbers = `generate_series(1, ${many}) n`
    await pool.query(filling('oauth_credentials', numbers))
    await pool.query(`INSERT INTO oauth_users
      SELECT 'user ' || n, 'v', 'name ' || n, '', NULL, NULL FROM ${numbers}`)
    await pool.query(`INSERT INTO oauth_records SELECT 'record ' || n, '', 9e15 FROM ${numbers}`)
    await pool.query('ANALYZE')
  })
  afterAll(() => pool?.end())

  it.each(Object.keys(calls))('reads only the rows that it needs: %s', async (name) => {
    const connection = await pool.connect()
    /** Resolves with how many rows were read, by the foreign key and its cascade too. */
    const read = async (): Promise<number> => {
      const { rows } = await connection.query(`SELECT
        CAST(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS integer) AS read
        FROM pg_stat_xact_user_tables WHERE relname LIKE 'oauth%'`)
      return rows[0].read
    }
    try {
      await connection.query('BEGIN')
      const atFirst = await read()
      await calls[name]!(pgStore(connection))
      expect((await read()) - atFirst).toBeLessThan(100)
    } finally {
      await connection.query('ROLLBACK')
      connection.release()
    }
  })
})

describe('sqlite', () => {
  let database: Database.Database
  const sent = new Set<string>()
  beforeAll(async () => {
    database = new Database(':memory:')
    database.exec('PRAGMA foreign_keys = ON')
    const logged = new Proxy(database, {
      get(target, name) {
        if (name !== 'prepare') return Reflect.get(target, name) as unknown
        return (text: string) => (sent.add(text), target.prepare(text))
      },
    })
    const store = betterSqlite3Store(logged)
    await store.migrate()
    sent.clear()
    for (const call of Object.values(calls)) await call(store)
  })
  afterAll(() => void database?.close())

  it('no statement, and no cascade of its foreign key, reads a whole table', () => {
    expect(sent.size).toBeGreaterThan(10)
    expect([...sent].filter((text) => scans(database, text))).toEqual([])
  })
})

/** Returns whether a statement begins at the end of a table or an index. */
function scans(database: Database.Database, text: string): boolean {
  const steps = database.prepare(`EXPLAIN ${text}`).all() as Record<
    'opcode' | 'addr' | 'p1',
    never
  >[]
  const opened = new Set<number>()
  return steps.some(({ opcode, addr, p1 }) => {
    // The program of a foreign key begins, with cursors of its own.
    if (addr === 0) opened.clear()
    if (['OpenRead', 'OpenWrite'].includes(opcode)) opened.add(p1)
    // Other cursors are those of temporary tables.
    return ['Rewind', 'Last'].includes(opcode) && opened.has(p1)
  })
}

/** Conditions of a unique index with which a credential could be redeemed twice. */
const wrong = [
  'claims IS NULL',
  'claims IS NOT NULL AND ordinal > 0',
  "claims = 'a'",
  'ordinal IS NOT NULL',
  'claims IS (NOT NULL)',
]

describeEngines(['postgres', 'sqlite'], (place) => {
  let raw: RawConnection
  let store: SqlStore
  let close: () => unknown
  beforeAll(async () => {
    raw = openRaw(place.engine, place.url)
    if (place.engine === 'postgres') {
      const pool = new Pool({ connectionString: place.url })
      pool.on('error', () => {})
      store = pgStore(pool)
      close = () => pool.end()
    } else {
      const database = new Database(place.url)
      store = betterSqlite3Store(database)
      close = () => database.close()
    }
    await store.migrate()
  })
  afterAll(async () => {
    await close?.()
    await raw?.close()
  })

  /** Resolves with the problems that check() reports with an index in place of that one. */
  async function found(name: string, create: string): Promise<string> {
    await raw.run(`DROP INDEX ${name}`)
    await raw.run(create)
    const problems = (await store.check()).map(({ problem }) => problem).join('\n')
    await raw.run('DROP INDEX mine')
    await store.migrate()
    expect(await store.check()).toEqual([])
    return problems
  }
  const onClaims = (where: string) =>
    found(
      'uq_oauth_credentials_claims',
      `CREATE UNIQUE INDEX mine ON oauth_credentials (claims, ordinal)${where}`,
    )

  it.each(wrong.filter((condition) => place.engine === 'sqlite' || !condition.includes('(')))(
    'check() reports a unique index of other rows: %s',
    async (condition) => {
      expect(await onClaims(` WHERE ${condition}`)).toBe(
        'oauth_credentials has no unique index on claims, ordinal WHERE "claims" IS NOT NULL: duplicates are possible',
      )
    },
  )

  it.each([' WHERE ordinal > 0', ' WHERE claims IS NULL', ''])(
    'check() says to drop an index that has the name of the right one first: ON claims, ordinal%s',
    async (where) => {
      const name = 'uq_oauth_credentials_claims'
      // The last one allows duplicates too: it is not unique.
      const kind = where === '' ? 'INDEX' : 'UNIQUE INDEX'
      await raw.run(`DROP INDEX ${name}`)
      await raw.run(`CREATE ${kind} ${name} ON oauth_credentials (claims, ordinal)${where}`)
      await store.migrate()
      const [finding, ...others] = await store.check()
      expect(others).toEqual([])
      expect(finding!.fix).toMatch(
        /^drop the index "uq_oauth_credentials_claims", then create it, or/,
      )
      await raw.run(`DROP INDEX ${name}`)
      await store.migrate()
      expect(await store.check()).toEqual([])
    },
  )

  it.each(['', ' WHERE claims IS NOT NULL', ' where ("claims" is /* any */ not null)'])(
    'check() accepts a unique index of every claim: %s',
    async (where) => expect(await onClaims(where)).toBe(''),
  )

  it.each(["kind = 'code'", "kind = 'grant' AND user_id > 'a'", 'kind IS NOT NULL'])(
    'check() reports an index that lacks grants: %s',
    async (condition) => {
      const problems = await found(
        'ix_oauth_credentials_user',
        `CREATE INDEX mine ON oauth_credentials (user_id, kind, id) WHERE ${condition}`,
      )
      expect(problems).toContain(
        `no index on user_id, kind, id WHERE "kind" = 'grant': each such look-up reads`,
      )
    },
  )

  it.each(['', " WHERE kind = 'grant'", " WHERE ((kind) = 'grant')"])(
    'check() accepts an index of every grant: %s',
    async (where) => {
      const create = `CREATE INDEX mine ON oauth_credentials (user_id, kind, id)${where}`
      expect(await found('ix_oauth_credentials_user', create)).toBe('')
    },
  )
})
