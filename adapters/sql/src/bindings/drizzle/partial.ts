import { type SQL, sql } from 'drizzle-orm'

/** Returns the index of Drizzle with the rows for which the condition holds. */
export function onlyWhere<Index extends { where(condition: SQL): Index }>(
  index: Index,
  where: string | undefined,
): Index {
  return where === undefined ? index : index.where(sql.raw(where))
}
