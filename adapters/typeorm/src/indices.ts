import {
  type Index,
  type SqlDialect,
  type TableSchema,
  indexCondition,
  namedIndexes,
} from '@oauth2-kit/sql'

/** An index as an entity and a table of TypeORM have it. */
export interface IndexOptions {
  readonly name: string
  readonly columns: string[]
  readonly unique: boolean
  readonly where?: string
}

/**
 * Returns the indexes of the table with that name. `nameOf` returns the name of a column in the
 * database. A unique index of a part of the rows is one of them, because a constraint has all rows.
 */
export function indicesOf(
  table: string,
  schema: TableSchema,
  dialect: SqlDialect,
  nameOf: (property: string) => string,
): IndexOptions[] {
  return namedIndexes(table, schema)
    .filter(({ isUnique, index }) => !isUnique || isPartial(index))
    .map(({ name, isUnique, index }) => {
      const where = indexCondition(dialect, index, nameOf)
      const columns = [...index.columns]
      return { name, columns, unique: isUnique, ...(where !== undefined && { where }) }
    })
}

/** Returns whether the index has a part of the rows only, on the databases that can. */
export function isPartial({ where }: Index): boolean {
  return where !== undefined
}
