import type { Context, RawHooks } from '@oauth2-kit/conformance'
import { type Run, mariadbScans, postgresScans, sqliteScans } from '../../../../test/support/plans'
import { openedBy, urlOf, urlVariable } from './create'
import { type Provider, providerOf, runSql } from './engines'
import { recorded } from './statements'

const tables = ['oauth_credentials', 'oauth_clients', 'oauth_users', 'oauth_records']

/** Hooks that access the tables of a store directly, with a client of its namespace. */
export const raw: RawHooks = {
  async dump(context) {
    const { oAuthCredential, oAuthClient, oAuthUser, oAuthRecord } = openedBy(context)
    const rows = await Promise.all([
      oAuthCredential.findMany(),
      oAuthClient.findMany(),
      oAuthUser.findMany(),
      oAuthRecord.findMany(),
    ])
    return JSON.stringify(rows, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
  },

  async count(context) {
    const { oAuthCredential, oAuthClient, oAuthUser, oAuthRecord } = openedBy(context)
    const counts = await Promise.all([
      oAuthCredential.count(),
      oAuthClient.count(),
      oAuthUser.count(),
      oAuthRecord.count(),
    ])
    return counts.reduce((sum, one) => sum + one, 0)
  },

  async explain(context, work) {
    const client = openedBy(context)
    const statements = await recorded(client, work)
    const { url, provider } = directOf(context)
    // The planner uses the statistics of the last ANALYZE.
    const analyze = provider === 'mysql' ? 'ANALYZE TABLE' : 'ANALYZE'
    await runSql(
      url,
      `${searchPath(context)} ${tables.map((table) => `${analyze} ${table};`).join(' ')}`,
    )
    const run: Run = (sql, values = []) => client.$queryRawUnsafe(sql, ...values)
    const sent = statements.map(({ query, params }) => [query, params] as const)
    if (provider !== 'postgresql') return scans[provider](run, sent)
    return client.$transaction((inner) => {
      const within: Run = (sql, values = []) => inner.$queryRawUnsafe(sql, ...values)
      return postgresScans(within, sent)
    })
  },

  async alive(context) {
    return (await openedBy(context).oAuthClient.count()) >= 0
  },

  async damage(context) {
    const { url, provider } = directOf(context)
    await runSql(url, `${searchPath(context)} ${damages[provider]}`)
    return damages[provider]
  },

  async older(context) {
    const hash = 'a'.repeat(64)
    const [id, expiresAt] = [`older ${context.namespace}`, BigInt(Date.now() + 600_000)]
    // As 0.1.0 wrote them.
    const whose = { clientId: 'client', userId: 'user', createdAt: 1n }
    await openedBy(context).oAuthCredential.createMany({
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

const scans = { mysql: mariadbScans, sqlite: sqliteScans }

function directOf({ namespace }: Context) {
  const url = urlOf(process.env[urlVariable] ?? '', namespace)
  return { url, provider: providerOf(url) }
}

function searchPath(context: Context): string {
  return directOf(context).provider === 'postgresql'
    ? `SET search_path TO ${context.namespace};`
    : ''
}
