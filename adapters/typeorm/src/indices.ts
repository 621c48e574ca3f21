import { type Index, type SqlDialect, type TableSchema, indexCondition } from '@oauth2-kit/sql'

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
  name: string,
  { indexes, uniques }: TableSchema,
  dialect: SqlDialect,
  nameOf: (property: string) => string,
): IndexOptions[] {
  const options = (prefix: string, index: Index): IndexOptions => {
    const where = indexCondition(dialect, index, nameOf)
    return {
      name: `${prefix}_${name}_${index.suffix}`,
      columns: [...index.columns],
      unique: prefix === 'uq',
      ...(where !== undefined && { where }),
    }
  }
  return [
    ...uniques.filter(isPartial).map((one) => options('uq', one)),
    ...indexes.map((one) => options('ix', one)),
  ]
}

/** Returns whether the index has a part of the rows only, on the databases that can. */
export function isPartial({ where }: Index): boolean {
  return where !== undefined
}
