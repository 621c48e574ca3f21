import { type Rules, readOptions, wholeNumber } from '@oauth2-kit/core/store-kit'
import type { TableNames } from './tables'

/** Options of `typeormStore()`. */
export interface TypeormStoreOptions {
  /** The names of the tables, as `oauthTables()` was given them. @default the names of TableNames */
  tables?: Partial<TableNames>
  /**
   * Rows that one statement of `purge` removes, and grants that one statement of a mass revocation
   * removes: how long others may wait for it. After each batch comes a pause as long as the batch has
   * taken. @default 20
   */
  batchSize?: number
}

/** The defaults of `typeormStore()`. */
export const defaults = Object.freeze({ batchSize: 20 })

const rules: Rules<TypeormStoreOptions> = {
  // `tableNames()` checks them.
  tables: [() => true, ''],
  batchSize: wholeNumber(1, 10_000, 'rows'),
}

/** Reads the options. Throws an OptionError. */
export function readTypeormOptions(options: TypeormStoreOptions) {
  return readOptions(options, rules, { of: 'typeormStore()', defaults })
}
