import { type Rules, anything, readOptions, wholeNumber } from '@oauth2-kit/core/store-kit'
import type { TableNames } from '@oauth2-kit/sql'

/** Options of `typeormStore()`. */
export interface TypeormStoreOptions {
  /** The names of the tables, as passed to `oauthTables()`. @default the names of TableNames */
  tables?: Partial<TableNames>
  /**
   * How many rows one statement of `purge` removes, and how many grants one statement of a mass
   * revocation removes. This limits how long other statements may wait for it. After each batch
   * there is a pause as long as the batch took.
   * @default 20
   */
  batchSize?: number
}

/** The defaults of `typeormStore()`. */
export const defaults = Object.freeze({ batchSize: 20 })

const rules: Rules<TypeormStoreOptions> = {
  // Checked by `tableNames()`.
  tables: anything,
  batchSize: wholeNumber(1, 10_000, 'rows'),
}

/** Reads the options. Throws an OptionError if one is wrong. */
export function readStoreOptions(options: TypeormStoreOptions) {
  return readOptions(options, rules, { of: 'typeormStore()', defaults })
}
