import type { Finding } from '@oauth2-kit/core'
import type { Connection } from './database'

/**
 * Resolves with a finding if the dialect is `mariadb` and the server is MySQL, which lacks some of
 * its statements. The statements of `mysql` run on both.
 */
export async function serverFinding({
  executor,
  read,
  statement,
}: Connection): Promise<Finding | null> {
  if (executor.dialect !== 'mariadb') return null
  // MariaDB runs this comment; MySQL ignores it.
  const [row] = await read<{ mariadb: unknown }>(statement(() => 'SELECT 0 /*M! + 1 */ AS mariadb'))
  if (Number(row?.mariadb) === 1) return null
  return {
    problem: 'The dialect is "mariadb", but the server is MySQL',
    fix: 'use the dialect "mysql"',
  }
}
