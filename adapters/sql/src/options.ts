import {
  type Rule,
  type Rules,
  anything,
  readOptions,
  text,
  wholeNumber,
} from '@oauth2-kit/core/store-kit'
import { type TableNames, type TableReferences, referencesTo, tableNames } from './tables'

/** Options of `sqlStore()`, and of the store of each client. */
export interface SqlStoreOptions {
  /**
   * The names of the tables. Another set of names is another tenant.
   * @default the names of TableNames
   */
  tables?: Partial<TableNames>
  /**
   * The schema that the tables are in; on MariaDB and MySQL the database, and on SQLite the name of
   * an attached database. @default that of the connection
   */
  schema?: string
  /**
   * How many rows one statement of `purge` removes, and how many grants one statement of a mass
   * revocation removes. This limits how long other statements may wait for it. After each batch
   * there is a pause as long as the batch took.
   * @default 20
   */
  batchSize?: number
}

/** The defaults of `sqlStore()`. */
export const defaults = Object.freeze({ batchSize: 20 })

/** The rule of `schema`. */
export const schemaRule: Rule = [
  (value) => text[0](value) && !(value as string).includes('\0'),
  'must be the name of a schema',
]

const rules: Rules<SqlStoreOptions> = {
  // Checked by `tableNames()`.
  tables: anything,
  schema: schemaRule,
  batchSize: wholeNumber(1, 10_000, 'rows'),
}

/** What the options say. */
export interface StoreSettings {
  readonly references: TableReferences
  readonly batchSize: number
  /** The same tables, for their migrations. */
  readonly schemaOptions: { readonly tables: TableNames; readonly schema?: string }
}

/**
 * Reads the options of the function with the name `of`. Throws an OptionError if one is wrong.
 */
export function readStoreOptions(options: SqlStoreOptions, of: string): StoreSettings {
  const { tables: given, schema, batchSize } = readOptions(options, rules, { of, defaults })
  const tables = tableNames(given, of)
  return {
    references: referencesTo(tables, schema),
    batchSize,
    schemaOptions: { tables, ...(schema !== undefined && { schema }) },
  }
}
