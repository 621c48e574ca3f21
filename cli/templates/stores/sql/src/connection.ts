import type { SqlStore } from '@oauth2-kit/sql'

/** The store, and its connection to the database. */
export interface Connection {
  store: SqlStore
  /** Resolves when the store can be used. Rejects if a table is missing that it does not create. */
  prepare(): Promise<unknown>
  close(): Promise<unknown>
}
