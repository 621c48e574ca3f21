import type { Store } from '../../contract/store'
import type { Passwords } from '../../crypto/password'

/** The part of a store that an import needs. */
export type ImportStore = Pick<
  Store,
  | 'getClient'
  | 'createClient'
  | 'issue'
  | 'extend'
  | 'find'
  | 'revoke'
  | 'getRecord'
  | 'addRecord'
  | 'getUser'
  | 'getUserByUsername'
  | 'createUser'
  | 'updateUser'
  | 'deleteUser'
  | 'listUsers'
>

/** What became of a row without a fault. */
export type Outcome = 'created' | 'alreadyThere' | 'skipped'

/** What the functions for the kinds of rows need. */
export interface Importing {
  store: ImportStore
  passwords: Passwords
  privateUseSchemes: readonly string[]
  dryRun: boolean
  /** The clock, in milliseconds since the epoch. */
  now: () => number
}
