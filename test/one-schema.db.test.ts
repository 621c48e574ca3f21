import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Store } from '@oauth2-kit/core'
import { prismaStore } from '@oauth2-kit/prisma'
import { type TableSchema, oauthSchema } from '@oauth2-kit/sql'
import {
  aClient,
  aCredential,
  aRecord,
  aUser,
  all,
  before,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'
import { typeormStore } from '@oauth2-kit/typeorm'
import { clientFor, runSql } from '../adapters/prisma/test/support/engines'
import { rowsRead } from '../adapters/prisma/test/support/rows-read'
import { runCommand } from '../adapters/sql/src/command'
import { openRaw } from '../adapters/sql/test/support/raw'
import {
  type Place,
  dataSourceFor,
  describeEngines,
} from '../adapters/typeorm/test/support/data-source'

const dialects = {
  postgres: 'postgres',
  mariadb: 'mariadb',
  'better-sqlite3': 'sqlite',
} as const
const providers = { postgres: 'postgresql', mariadb: 'mysql', 'better-sqlite3': 'sqlite' } as const

/** How the tables are created, by either package. */
const creations: Record<string, (place: Place) => Promise<void>> = {
  async 'the migration of oauthTables()'({ url }) {
    await using dataSource = dataSourceFor(url)
    await dataSource.initialize()
    await dataSource.runMigrations()
  },

  async 'oauth.sql'(place) {
    const provider = providers[place.type as keyof typeof providers]
    const folder = path.join(__dirname, '../adapters/prisma/prisma', provider)
    await runSql(prismaUrl(place), readFileSync(path.join(folder, 'oauth.sql'), 'utf8'))
  },

  async 'oauth2-kit sql schema'(place) {
    const dialect = dialects[place.type as keyof typeof dialects]
    const { code, printed } = await sqlCommand(['schema', '--dialect', dialect])
    expect(code).toBe(0)
    await runSql(prismaUrl(place), printed)
  },
}

/** Runs `oauth2-kit sql`. Resolves with all that it printed. */
async function sqlCommand(args: readonly string[], DATABASE_URL = '') {
  let printed = ''
  const print = (text: string) => void (printed += text)
  const io = { cwd: __dirname, env: { DATABASE_URL }, print, warn: print }
  return { code: await runCommand(args, io), printed }
}

/** Adds grants with a token each, of other users and clients. */
const manyTokens = `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2000),
  k(kind) AS (SELECT 'grant' UNION ALL SELECT 'access')
  INSERT INTO oauth_credentials (id, kind, grant_id, client_id, user_id, data, created_at, owner)
  SELECT kind || ' ' || n, kind, CASE kind WHEN 'access' THEN 'grant ' || n END,
    'client ' || n, 'user ' || n, '{}', 1, CASE kind WHEN 'grant' THEN 'owner ' || n END
  FROM k CROSS JOIN s ORDER BY kind DESC`

/** Resolves with the names of the indexes that have a part of the rows. */
async function partialIndexes({ type, url }: Place): Promise<string[]> {
  if (type === 'mariadb') return []
  const ofEngine =
    type === 'postgres'
      ? "SELECT indexname AS name FROM pg_indexes WHERE indexdef LIKE '% WHERE %' AND tablename LIKE 'oauth%'"
      : "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
  const raw = openRaw(type === 'postgres' ? type : 'sqlite', url)
  const rows = (await raw.run(ofEngine)) as { name: string }[]
  await raw.close()
  return rows.map(({ name }) => name).toSorted()
}

/** The names of those that the schema describes. */
const wantedPartial = Object.entries(oauthSchema)
  .flatMap(([table, { uniques, indexes }]: [string, TableSchema]) => [
    ...uniques.filter(({ where }) => where).map(({ suffix }) => `uq_oauth_${table}_${suffix}`),
    ...indexes.filter(({ where }) => where).map(({ suffix }) => `ix_oauth_${table}_${suffix}`),
  ])
  .toSorted()

function prismaUrl({ type, url }: Place): string {
  return type === 'better-sqlite3' ? pathToFileURL(url).href : url
}

describe.each(Object.entries(creations))(
  'TypeORM and Prisma on the tables of %s',
  (name, create) => {
    describeEngines((place) => {
      let stores: Record<'typeorm' | 'prisma', Required<Store>>
      let close: () => Promise<unknown>

      beforeAll(async () => {
        await create(place)
        const dataSource = dataSourceFor(place.url)
        await dataSource.initialize()
        const client = clientFor(prismaUrl(place))
        stores = { typeorm: typeormStore(dataSource), prisma: prismaStore(client) }
        close = () => Promise.all([dataSource.destroy(), client.$disconnect()])
      })
      afterAll(() => close?.())

      it('find nothing wrong with the tables, nor does oauth2-kit sql check', async () => {
        expect(await stores.typeorm.check()).toEqual([])
        expect(await stores.prisma.check()).toEqual([])
        const { code, printed } = await sqlCommand(['check'], prismaUrl(place))
        expect([code, printed]).toEqual([0, 'No problems found.\n'])
      })

      it('index a part of the rows where the database and the schema language can', async () => {
        // Prisma has partial indexes only as a preview feature, so its models have none.
        const cannot = place.type === 'mariadb' || name === 'oauth.sql'
        expect(await partialIndexes(place)).toEqual(cannot ? [] : wantedPartial)
      })

      it('are read by Prisma through their indexes', async () => {
        if (place.type === 'mariadb') return
        const raw = openRaw(dialects[place.type as 'postgres' | 'better-sqlite3'], place.url)
        await raw.run(manyTokens)
        await raw.run('ANALYZE')
        await raw.close()
        const client = clientFor(prismaUrl(place), { connections: 1 })
        const store = prismaStore(client)
        const [{ grant }, another] = [await issued(store), await issued(store)]
        const { userId, clientId } = grant
        const provider = providers[place.type as keyof typeof providers]
        for (const work of [
          () => store.listGrants({ userId: userId! }, all),
          () => store.listGrants({ clientId }, all),
          () => store.listGrants({ userId: userId!, clientId }, all),
          () => store.isRedeemed(another.credential),
          () => store.revoke({ userId: another.grant.userId! }),
        ])
          expect(await rowsRead(client, provider, work)).toBeLessThan(10)
        await client.$disconnect()
      })

      describe.each([
        ['typeorm', 'prisma'],
        ['prisma', 'typeorm'],
      ] as const)('%s, then %s', (first, second) => {
        let [from, to]: [Required<Store>, Required<Store>] = [] as never
        beforeAll(() => {
          ;[from, to] = [stores[first], stores[second]]
        })

        it('find, redeem and detect replays', async () => {
          const { grant, credential } = await issued(from)
          expect(await to.find(credential.hash)).toEqual(credential)
          expect((await to.listGrants({ userId: grant.userId! }, all)).grants).toEqual([grant])
          const { userId, clientId } = grant
          expect((await to.listGrants({ userId: userId!, clientId }, all)).grants).toEqual([grant])
          const next = [aCredential(), aCredential({ kind: 'access' })]
          await redeemed(from, credential, ...next)
          expect(await to.isRedeemed(credential)).toBe(true)
          expect(await to.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
          expect(await to.redeem(credential, next)).toEqual({ status: 'redeemed' })
          const current = { ...next[0]!, grant: refOf(grant) }
          const latest = aCredential()
          await redeemed(to, current, latest, aCredential({ kind: 'access' }))
          expect(await from.redeem(current, [aCredential()])).toEqual({ status: 'replayed' })
          expect(await from.find(latest.hash)).toEqual({ ...latest, grant: refOf(grant) })
          expect(await to.extend(refOf(grant), [aCredential({ kind: 'access' })])).toBe('extended')
          expect(await to.revoke({ grantId: grant.id })).toBe(1)
          expect(await from.find(latest.hash)).toBeNull()
          expect(await from.redeem({ ...latest, grant: refOf(grant) }, [aCredential()])).toEqual({
            status: 'revoked',
          })
        })

        it('revoke an access token that the other one issued for a code', async () => {
          const { grant, credential } = await issued(from, {}, { kind: 'code' })
          const [access, refresh] = [aCredential({ kind: 'access' }), aCredential()]
          await redeemed(from, credential, access, refresh)
          await to.revokeAccessToken(access.hash)
          expect(await from.find(access.hash)).toBeNull()
          expect(await from.find(refresh.hash)).not.toBeNull()
          expect(await from.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
          expect(await from.revoke({ grantId: grant.id })).toBe(1)
        })

        it('keep clients, users and records', async () => {
          const [client, user, record] = [aClient(), aUser({ metadata: { a: 1 } }), aRecord()]
          expect(await from.createClient(client)).toBe(true)
          expect(await from.createUser(user)).toBe(true)
          expect(await from.addRecord(record)).toBe(true)
          expect(await to.getClient(client.id)).toEqual(client)
          expect(await to.getUserByUsername(user.username)).toEqual(user)
          expect(await to.addRecord(record)).toBe(false)
          const changed = { ...client, version: 'next', name: 'Album' }
          expect(await to.updateClient(changed, client.version)).toBe(true)
          expect(await from.getClient(client.id)).toEqual(changed)
          expect(await to.takeRecord(record.key)).toEqual(record)
          expect(await from.takeRecord(record.key)).toBeNull()
          const { grant } = await issued(from, { userId: user.id, clientId: client.id })
          await to.deleteUser(user.id, t0)
          expect(await from.getUser(user.id)).toBeNull()
          expect(await from.revoke({ grantId: grant.id })).toBe(0)
          expect(await from.createUser(user)).toBe(false)
          const again = { ...grant, id: `${grant.id} again` }
          expect(await from.issue(again, [aCredential()], {})).toBe('refused')
          await to.deleteClient(client.id)
          expect(await from.getClient(client.id)).toBeNull()
        })

        it('purge what the other one wrote', async () => {
          const { grant, credential } = await issued(from, {}, { expiresAt: t0 + 90_000 })
          const [mark, access] = [
            aCredential({ expiresAt: t0 + 10_000 }),
            aCredential({ kind: 'access', expiresAt: t0 + 10_000 }),
          ]
          await redeemed(from, credential, mark, access)
          await to.purge(before(t0 + 60_000), 1000)
          expect(await from.find(access.hash)).toBeNull()
          // The redemption mark stays as long as the redeemed token could be replayed.
          expect(await from.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
          await to.purge(before(t0 + 90_001), 1000)
          expect(await from.find(credential.hash)).toBeNull()
          expect(await from.revoke({ grantId: grant.id })).toBe(0)
        })
      })
    })
  },
)
