import type { Finding } from '@oauth2-kit/core'
import type { EntityManager } from 'typeorm'
import { dataSourceOf } from './data-source'

/**
 * Resolves with a finding if the type of the DataSource is `mysql` and the server is MariaDB, or the
 * other way round. Their tables have different collations, and the driver connects to both.
 */
export async function serverFinding(manager: Owner): Promise<Finding | null> {
  const { type } = dataSourceOf(manager).options
  if (type !== 'mysql' && type !== 'mariadb') return null
  // MariaDB runs this comment; MySQL ignores it.
  const rows: unknown = await manager.query('SELECT 0 /*M! + 1 */ AS mariadb')
  const isMariaDb = Number((rows as { mariadb: unknown }[])[0]?.mariadb) === 1
  const [right, server] = isMariaDb ? ['mariadb', 'MariaDB'] : ['mysql', 'MySQL']
  if (type === right) return null
  return {
    problem: `The DataSource has the type "${type}", but the server is ${server}`,
    fix: `use the type "${right}" in the DataSource and in oauthTables()`,
  }
}

/** A manager or a query runner. */
type Owner = Parameters<typeof dataSourceOf>[0] & Pick<EntityManager, 'query'>

/** Resolves with the findings of `check`, unless the server is another one than the type says. */
export async function checkedServer(
  manager: EntityManager,
  check: () => Promise<Finding[]>,
): Promise<Finding[]> {
  const finding = await serverFinding(manager)
  // Every other finding would be a consequence.
  return finding ? [finding] : check()
}
