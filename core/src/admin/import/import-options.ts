import { type Rules, aBoolean, aFunction, wholeNumber } from '../../options/rules'
import {
  type PasswordOptions,
  type RedirectUriOptions,
  passwordDefaults,
  passwordRules,
  redirectUriRules,
} from '../admin-options'
import type { ImportReport } from './import-report'

/** The options of `importGrants()`. */
export interface ImportOptions extends PasswordOptions, RedirectUriOptions {
  /**
   * Only checks the rows, and changes nothing. Each row is checked alone, so the numbers of the real
   * run differ for rows that are there twice, and for grants whose import was interrupted.
   * @default false
   */
  dryRun?: boolean
  /**
   * Stops at the first wrong row: the import rejects with its error. Rows before it, and some after
   * it, are imported. @default false
   */
  stopOnFailure?: boolean
  /** The number of rows that are imported at once. @default 16 */
  concurrency?: number
  /** Is called after every 1,000 rows and at the end, with the report so far. @default none */
  onProgress?: (report: ImportReport) => void
  /** Stops the import, which then rejects with the reason of the signal. @default none */
  signal?: AbortSignal
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** The defaults of `ImportOptions`. */
export const importDefaults = Object.freeze({
  ...passwordDefaults,
  privateUseSchemes: [] as readonly string[],
  dryRun: false,
  stopOnFailure: false,
  concurrency: 16,
  now: () => Date.now(),
})

/** The rules of `ImportOptions`. */
export const importRules: Rules<ImportOptions> = {
  ...passwordRules,
  ...redirectUriRules,
  dryRun: aBoolean,
  stopOnFailure: aBoolean,
  concurrency: wholeNumber(1, 1000),
  onProgress: aFunction,
  signal: [(value) => value instanceof AbortSignal, 'must be an AbortSignal'],
  now: aFunction,
}
