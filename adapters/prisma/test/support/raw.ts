import type { Context, RawHooks } from '@oauth2-kit/conformance'
import { type MysqlPool, mysqlRaw } from '@oauth2-kit/conformance/raw/mysql'
import { type PostgresPool, postgresRaw } from '@oauth2-kit/conformance/raw/postgres'
import {
  type Recorder,
  type SqlHooks,
  type SqliteDatabase,
  sqliteRaw,
} from '@oauth2-kit/conformance/raw/sqlite'
import { directOf, openedBy } from './create'
import { type Provider, runSql } from './engines'
import { recorded } from './statements'

const names = ['oauth_credentials', 'oauth_clients', 'oauth_users', 'oauth_records']
const tables = () => names

// Prisma has connections of its own, so the hooks use others, and Prisma reports its statements.
const statements: Recorder = async (context, work) =>
  (await recorded(openedBy(context).client, work)).map(({ query, params }) => [
    query,
    withLimit(query, params),
  ])

/** Returns the parameters with numbers for the limit and the offset, which Prisma logs as texts. */
function withLimit(query: string, params: readonly unknown[]): unknown[] {
  const count = query.endsWith('LIMIT ? OFFSET ?') ? 2 : 0
  const first = params.length - count
  return params.map((value, n) => (n < first ? value : Number(value)))
}

/** The hooks for each provider, on a connection of their own. */
const engines: Record<Provider, SqlHooks> = {
  postgresql: postgresRaw({ tables, statements, pool: (at) => besides(at) as PostgresPool }),
  mysql: mysqlRaw({ tables, statements, pool: (at) => besides(at) as MysqlPool }),
  sqlite: sqliteRaw({ tables, statements, database: (at) => besides(at) as SqliteDatabase }),
}

function besides(context: Context): unknown {
  return openedBy(context).besides.connection
}

function engineOf(context: Context): SqlHooks {
  return engines[directOf(context.namespace).provider]
}

/** Hooks that access the tables of a store directly. */
export const raw: RawHooks = {
  dump: (context) => engineOf(context).dump(context),
  count: (context) => engineOf(context).count(context),
  explain: (context, work) => engineOf(context).explain(context, work),

  async alive(context) {
    return (await openedBy(context).client.oAuthClient.count()) >= 0
  },

  async damage(context) {
    const { url, provider } = directOf(context.namespace)
    await runSql(url, `${searchPath(context)} ${damages[provider]}`)
    return damages[provider]
  },

  async older(context) {
    const hash = 'a'.repeat(64)
    const [id, expiresAt] = [`older ${context.namespace}`, BigInt(Date.now() + 600_000)]
    // As 0.1.0 wrote them.
    const whose = { clientId: 'client', userId: 'user', createdAt: 1n }
    await openedBy(context).client.oAuthCredential.createMany({
      data: [
        { ...whose, id, kind: 'grant', data: '{}' },
        { ...whose, id: hash, kind: 'access', grantId: id, data: '{"scope":""}', expiresAt },
      ],
    })
    return hash
  },
}

const unique = 'uq_oauth_credentials_claims'
const damages: Record<Provider, string> = {
  postgresql: `DROP INDEX ${unique};`,
  mysql: 'ALTER TABLE oauth_credentials DROP FOREIGN KEY fk_oauth_credentials_grant;',
  sqlite: `DROP INDEX ${unique};`,
}

function searchPath({ namespace }: Context): string {
  return directOf(namespace).provider === 'postgresql' ? `SET search_path TO ${namespace};` : ''
}
