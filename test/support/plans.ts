/** A statement and its parameters. */
export type Statement = readonly [sql: string, parameters: readonly unknown[]]

/** Runs one statement and resolves with its rows. */
export type Run = (sql: string, parameters?: readonly unknown[]) => Promise<unknown[]>

/**
 * Resolves with the tables and indexes that PostgreSQL would read in full for these statements, and
 * for the foreign keys that cascade from their deletions. Statistics of the tables must be current.
 */
export async function postgresScans(run: Run, statements: readonly Statement[]): Promise<string[]> {
  // PostgreSQL would scan a table of a few rows in full even if it has an index.
  await run('SET LOCAL enable_seqscan = off')
  const scans: string[] = []
  for (const [sql, parameters] of [...planned(statements), ...(await cascades(run, statements))]) {
    const [row] = (await run(`EXPLAIN (FORMAT JSON) ${sql}`, parameters)) as PlanRow[]
    scans.push(...scansOf(row!['QUERY PLAN'][0].Plan, false))
  }
  return scans
}

/** Returns the statements that PostgreSQL itself runs for ON DELETE CASCADE and SET NULL. */
async function cascades(run: Run, statements: readonly Statement[]): Promise<Statement[]> {
  const deleted = statements.flatMap(([sql]) => {
    const [, table] = /\bDELETE FROM\s+(?:ONLY\s+)?("?[\w."]+"?)/i.exec(sql) ?? []
    return table === undefined ? [] : [table]
  })
  const found: Statement[] = []
  for (const table of new Set(deleted)) {
    const keys = (await run(
      `SELECT conrelid::regclass::text AS child, attname AS "column" FROM pg_constraint
       JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
       WHERE contype = 'f' AND confdeltype IN ('c', 'n') AND confrelid = $1::regclass`,
      [table],
    )) as { child: string; column: string }[]
    for (const { child, column } of keys)
      found.push([`DELETE FROM ${child} WHERE "${column}" = 'x'`, []])
  }
  return found
}

interface PlanRow {
  'QUERY PLAN': [{ Plan: Plan }]
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: Plan[]
}

/** An index that is read from one end is no scan if the plan stops after some rows. */
function scansOf(plan: Plan, isLimited: boolean): string[] {
  const type = plan['Node Type']
  const inner = (plan.Plans ?? []).flatMap((one) =>
    scansOf(one, type === 'Limit' || (isLimited && type !== 'Sort')),
  )
  if (type === 'Seq Scan') return [plan['Relation Name'] ?? '?', ...inner]
  const isWhole = /Index (?:Only )?Scan/.test(type) && plan['Index Cond'] === undefined
  return isWhole && !isLimited ? [`${plan['Index Name']} from end to end`, ...inner] : inner
}

/** Resolves with the tables that MariaDB would read in full; it demands an index for foreign keys. */
export async function mariadbScans(run: Run, statements: readonly Statement[]): Promise<string[]> {
  const scans: string[] = []
  for (const [sql, parameters] of planned(statements)) {
    const rows = (await run(`EXPLAIN ${sql}`, parameters)) as MariadbStep[]
    // Derived tables are the values in the statement itself. "index" is a whole index, which an
    // ordered page reads only as far as its limit.
    const whole = rows.filter(
      ({ select_type: kind, type }) =>
        kind !== 'INSERT' && (type === 'ALL' || (type === 'index' && !/\bLIMIT\b/i.test(sql))),
    )
    scans.push(...whole.map(({ table }) => table).filter((table) => !table.startsWith('<')))
  }
  return scans
}

interface MariadbStep {
  select_type: string
  type: string | null
  table: string
}

/** Resolves with what SQLite would read in full. */
export async function sqliteScans(run: Run, statements: readonly Statement[]): Promise<string[]> {
  const scans: string[] = []
  for (const [sql, parameters] of planned(statements)) {
    const rows = (await run(`EXPLAIN QUERY PLAN ${sql}`, parameters)) as { detail: string }[]
    const details = rows.map(({ detail }) => detail)
    // `v` and constants are the values in the statement itself; an ordered page ends at its limit.
    scans.push(
      ...details.filter(
        (detail) =>
          /^SCAN (?!v\b|(?:\d+ )?CONSTANT)/.test(detail) &&
          !(detail.includes('INDEX') && /\bLIMIT\b/i.test(sql)),
      ),
    )
  }
  return scans
}

/** Returns the statements that have a plan: not BEGIN or COMMIT. */
function planned(statements: readonly Statement[]): Statement[] {
  return statements.filter(([sql]) => /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(sql))
}
