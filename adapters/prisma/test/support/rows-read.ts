import type { AnyClient, Provider } from './engines'
import { recorded } from './statements'

/**
 * Returns the number of rows that the database reads for the statements of the work. SQLite does
 * not report that: there it counts steps that sort or scan. The client must have one connection.
 */
export async function rowsRead(
  client: AnyClient,
  provider: Provider,
  work: () => Promise<unknown>,
): Promise<number> {
  if (provider === 'mysql') {
    const before = await handlerReads(client)
    await work()
    return (await handlerReads(client)) - before
  }
  let rows = 0
  for (const { query, params } of await recorded(client, work)) {
    const explain =
      provider === 'sqlite' ? 'EXPLAIN QUERY PLAN ' : 'EXPLAIN (ANALYZE, FORMAT JSON) '
    const plan = await client.$queryRawUnsafe<unknown[]>(explain + query, ...params)
    rows +=
      provider === 'sqlite'
        ? (plan as { detail: string }[]).filter(({ detail }) => !detail.startsWith('SEARCH')).length
        : postgresRows((plan[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan)
  }
  return rows
}

async function handlerReads(client: AnyClient): Promise<number> {
  const rows = await client.$queryRawUnsafe<{ Value: string }[]>(
    "SHOW SESSION STATUS LIKE 'Handler_read%'",
  )
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0)
}

interface Plan {
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  Plans?: Plan[]
}

function postgresRows(plan: Plan): number {
  const inner = (plan.Plans ?? []).map(postgresRows)
  return inner.reduce(
    (sum, one) => sum + one,
    plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0),
  )
}
