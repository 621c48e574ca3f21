import { describeDatabase } from '@oauth2-kit/conformance/databases'
import type { SqlStore } from '@oauth2-kit/sql'
import { pgStore } from '@oauth2-kit/sql/pg'
import { postgresStore } from '@oauth2-kit/sql/postgres'
import { aCredential, before, issued } from '@oauth2-kit/testing'
import { Pool } from 'pg'
import { type PgBouncer, hasPgBouncer, startPgBouncer } from './support/pgbouncer'
import { type PostgresJs, postgresJs } from './support/postgres-js'
import { behaviourOf } from './support/works'

const isHere = hasPgBouncer()
if (!isHere)
  process.stderr.write('\n  *** SKIPPED: every test of PgBouncer: it is missing. ***\n\n')
const describeHere = isHere ? describe : describe.skip

describeHere('behind PgBouncer in transaction mode', () => {
  describeDatabase('postgres', (database) => {
    let bouncer: PgBouncer
    let drop: () => Promise<void>
    beforeAll(async () => {
      const isolated = await database.isolated()
      drop = () => isolated.drop()
      bouncer = await startPgBouncer(isolated.url)
    })
    afterAll(async () => {
      await bouncer?.stop()
      await drop?.()
    })

    const clients: Record<string, () => { store: SqlStore; end: () => Promise<void> }> = {
      pg() {
        const { host, port } = bouncer
        const pool = new Pool({ host, port, database: 'oauth', user: 'any', max: 8 })
        return { store: pgStore(pool), end: () => pool.end() }
      },
    }
    for (const { version, postgres } of postgresJs) {
      // Without this option, version 4 waits forever for statements that it has sent together.
      const options = version === 4 ? { max_pipeline: 1 } : {}
      clients[`postgres ${version}`] = () => onPostgresJs(postgres, options)
    }

    function onPostgresJs(postgres: PostgresJs, options: object) {
      const { host, port } = bouncer
      const sql = postgres({
        path: `${host}/.s.PGSQL.${port}`,
        database: 'oauth',
        user: 'any',
        max: 8,
        prepare: false,
        onnotice: () => {},
        ...options,
      })
      // A busy machine may take long.
      return { store: postgresStore(sql, { timeout: 60_000 }), end: () => sql.end({ timeout: 1 }) }
    }

    it.each(Object.keys(clients))(
      '%s works, also with more connections than it has',
      async (name) => {
        const { store, end } = clients[name]!()
        try {
          expect(await behaviourOf(store)).toBe('as documented')
          const made = await Promise.all(Array.from({ length: 40 }, () => issued(store)))
          const outcomes = await Promise.all(
            made.flatMap(({ credential }) => [
              store.redeem(credential, [aCredential()]),
              store.redeem(credential, [aCredential()]),
            ]),
          )
          expect(outcomes.filter(({ status }) => status === 'redeemed')).toHaveLength(40)
          expect(outcomes.filter(({ status }) => status === 'replayed')).toHaveLength(40)
          const found = await Promise.all(made.map(({ credential }) => store.find(credential.hash)))
          expect(found).toEqual(made.map(({ credential }) => credential))
          await store.purge(before(Number.MAX_SAFE_INTEGER), 10_000)
          expect(await store.find(made[0]!.credential.hash)).toBeNull()
        } finally {
          await end()
        }
      },
    )
  })
})
