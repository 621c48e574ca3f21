import type { Finding } from '@oauth2-kit/core'
import type { QueryRunner } from 'typeorm'
import { dataSourceOf } from './data-source'

/**
 * Resolves with a finding if the type of the DataSource is `mysql` and the server is MariaDB, or the
 * other way round. They have different collations and statements, and the driver connects to both.
 */
export async function serverFinding(runner: QueryRunner): Promise<Finding | null> {
  const { type } = dataSourceOf(runner).options
  if (type !== 'mysql' && type !== 'mariadb') return null
  // MariaDB runs this comment; MySQL ignores it.
  const rows: unknown = await runner.query('SELECT 0 /*M! + 1 */ AS mariadb')
  const isMariaDb = Number((rows as { mariadb: unknown }[])[0]?.mariadb) === 1
  const [right, server] = isMariaDb ? ['mariadb', 'MariaDB'] : ['mysql', 'MySQL']
  if (type === right) return null
  return {
    problem: `The DataSource has the type "${type}", but the server is ${server}`,
    fix: `use the type "${right}" in the DataSource and in oauthTables()`,
  }
}
