import type { SqlStore, SqlStoreOptions } from '@oauth2-kit/sql'

/** The databases of the tests. */
export type Engine = 'postgres' | 'mariadb' | 'sqlite'

/** A store of a binding on a connection, or on a transaction, of its client. */
export type StoreOn = (options?: SqlStoreOptions) => SqlStore

/** A connection of a client. */
export interface Opened {
  storeOn: StoreOn
  /**
   * Runs the work in a transaction of the client, with stores that join it, and rolls it back if the
   * work rejects. Missing if the client has no transaction that a store could join.
   */
  transaction?: <T>(work: (storeOn: StoreOn) => Promise<T>) => Promise<T>
  close(): Promise<unknown>
}

/** A client with its binding, as the tests use it. */
export interface Binding {
  /** The name of this file: the subpath of the package, with the version if it is an older one. */
  name: string
  engines: readonly Engine[]
  /**
   * Whether a new connection prepares a statement in a round trip of its own. If that reply is lost,
   * nothing has happened yet.
   */
  prepares?: boolean
  /**
   * Opens a connection to that URL, or to that file in SQLite, in which no call waits longer than
   * `patience` milliseconds.
   */
  open(url: string, engine: Engine, patience: number): Promise<Opened>
}

/** Returns the binding of a subpath. */
export function bindingOf(name: string): Binding {
  return (require(`./bindings/${name}`) as { binding: Binding }).binding
}
