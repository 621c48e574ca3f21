import type { Context, RawHooks } from '@oauth2-kit/conformance'
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
    const plans = await Promise.all(
      statements.map(async ({ query, params }) => {
        const rows = await client.$queryRawUnsafe<unknown[]>(
          explanations[provider] + query,
          ...params,
        )
        return scans[provider](rows)
      }),
    )
    return plans.flat()
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

const explanations: Record<Provider, string> = {
  postgresql: 'EXPLAIN (FORMAT JSON) ',
  mysql: 'EXPLAIN ',
  sqlite: 'EXPLAIN QUERY PLAN ',
}

/** Return the tables or indexes that the plan of a statement scans in full. */
const scans: Record<Provider, (rows: unknown[]) => string[]> = {
  postgresql([row]) {
    return postgresScans((row as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan)
  },
  mysql(rows) {
    const steps = rows as { type: string | null; table: string }[]
    return steps.filter(({ type }) => type === 'ALL' || type === 'index').map(({ table }) => table)
  },
  sqlite(rows) {
    return (rows as { detail: string }[])
      .map(({ detail }) => detail)
      .filter((detail) => detail.startsWith('SCAN '))
  },
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  Plans?: Plan[]
}

function postgresScans(plan: Plan): string[] {
  const inner = (plan.Plans ?? []).flatMap(postgresScans)
  return plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? '?', ...inner] : inner
}

function directOf({ namespace }: Context) {
  const url = urlOf(process.env[urlVariable] ?? '', namespace)
  return { url, provider: providerOf(url) }
}

function searchPath(context: Context): string {
  return directOf(context).provider === 'postgresql'
    ? `SET search_path TO ${context.namespace};`
    : ''
}
