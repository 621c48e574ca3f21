import type { Database } from '../database'
import { type FoundCondition, conditionIn } from './condition'

/** A column as the database has it. */
export interface FoundColumn {
  readonly name: string
  /** The type in lower case, such as `varchar` or `bigint`. */
  readonly type: string
  /** The greatest number of characters; null if there is none. */
  readonly length: number | null
  readonly isRequired: boolean
  /** Null if the column has none, or the database does not say. */
  readonly collation: string | null
}

/** An index as the database has it. */
export interface FoundIndex {
  readonly name: string
  readonly isUnique: boolean
  /** The names of the columns; null for an expression. */
  readonly columns: readonly (string | null)[]
  /** Which rows it has; null if it has all of them, and 'other' for any other condition. */
  readonly condition: FoundCondition | null | 'other'
}

/** A foreign key of one column as the database has it. */
export interface FoundForeignKey {
  readonly column: string
  readonly onDelete: string
}

/** A table as the database has it. */
export interface FoundTable {
  readonly columns: readonly FoundColumn[]
  readonly indexes: readonly FoundIndex[]
  readonly foreignKeys: readonly FoundForeignKey[]
  /** The storage engine of MySQL. */
  readonly engine?: string
}

/**
 * Resolves with the table of that path, which ends with its name; null if the table does not exist.
 */
export type ReadTable = (database: Database, path: readonly string[]) => Promise<FoundTable | null>

/** A row for each column of a table. */
export interface ColumnRow {
  readonly name: string
  readonly type: string
  readonly length: unknown
  readonly isRequired: unknown
  readonly collation: string | null
}

/** A row for each column of each index, in order. */
export interface IndexColumn {
  /** The name of the index. */
  readonly index: string
  readonly isUnique: unknown
  readonly column: string | null
  /** The SQL of a partial index, or of its condition; null if it has all rows. */
  readonly condition?: string | null
}

/** Returns the indexes that have those columns. */
export function indexesOf(rows: readonly IndexColumn[]): FoundIndex[] {
  const found = new Map<string, FoundIndex & { columns: (string | null)[] }>()
  for (const { index, isUnique, column, condition: sql = null } of rows) {
    const one = found.get(index) ?? {
      name: index,
      isUnique: Number(isUnique) === 1,
      columns: [],
      condition: sql === null ? null : (conditionIn(sql) ?? 'other'),
    }
    one.columns.push(column)
    found.set(index, one)
  }
  return [...found.values()]
}

/** Returns a number that a driver may return as text or `bigint`, or null. */
export function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
