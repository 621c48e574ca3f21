import { type SqlDialect, dialects } from './dialect'
import type { Index } from './schema'

/**
 * Returns the condition of a partial index as SQL, with the name that `nameOf` returns for the
 * property of its column. Returns undefined if the index has every row: MariaDB and MySQL have no
 * partial indexes.
 */
export function indexCondition(
  dialect: SqlDialect,
  { where }: Index,
  nameOf: (property: string) => string,
): string | undefined {
  const { name, quote } = dialects[dialect]
  if (!where || name === 'mysql') return undefined
  const column = quote(nameOf(where.column))
  if (where.equals === undefined) return `${column} IS NOT NULL`
  return `${column} = '${where.equals.replaceAll("'", "''")}'`
}
