import type { Model, Store } from '@oauth2-kit/core'
import type { ModelContractName } from './model/contracts/name'
import type { PromiseModel } from './model/contracts/promise-model'

/**
 * How much of the contract is checked: the shapes, then safety, then speed. Each level includes the
 * ones before it.
 */
export type Level = 'contract' | 'secure' | 'fast'
/** The levels, from the lowest to the highest. */
export const levels = ['contract', 'secure', 'fast'] as const satisfies readonly Level[]

/** What a case is about. */
export type Group =
  | 'shape'
  | 'client'
  | 'user'
  | 'access'
  | 'issue'
  | 'code'
  | 'refresh'
  | 'grant'
  | 'record'
  | 'once'
  | 'expiry'
  | 'value'
  | 'isolate'
  | 'secret'
  | 'inject'
  | 'fault'
  | 'budget'
  | 'growth'
  | 'purge'
  | 'revoke'
  | 'life'
  | 'schema'
  | 'fuzz'

/** The argument of `create`. */
export interface Context {
  /**
   * Where the store keeps its data: a schema, database, tenant or key prefix. Stores with the same
   * namespace share data; other namespaces see none of it. Matches `/^[a-z][a-z0-9]{1,30}$/`.
   */
  readonly namespace: string
  /** The number of this instance over the namespace, from 0. Each has its own connections. */
  readonly instance: number
  /** The database's URL: `url` of the options, or the address of the suite's proxy before it. */
  readonly url: string | undefined
  /** How an ioredis Cluster finds its nodes through the proxies; undefined for everything else. */
  readonly natMap?: Record<string, { host: string; port: number }> | undefined
  /** The clock, in milliseconds since the epoch. */
  now(): number
}

/** The result of `create`. */
export interface Created {
  /** The store. Either this or `model` is required. */
  store?: Store
  /** A model of `oauth2-server` 2.4, or a promise model of its versions 3 to 5, instead of a store. */
  model?: Model | PromiseModel
  /** Closes the connections that `create` opened. */
  close?(): unknown
}

/** Hooks that read what the contract doesn't expose. Each one enables the cases that need it. */
export interface RawHooks {
  /** Returns everything stored in the namespace: rows, documents, keys, values; text or bytes. */
  dump?(context: Context): Promise<string | Uint8Array>
  /** Returns the number of rows, documents, keys and index entries in the namespace. */
  count?(context: Context): Promise<number>
  /**
   * Runs the work and returns what the database scanned from end to end during it: names of tables
   * or collections, and commands such as KEYS. An empty list means that it used indexes only.
   */
  explain?(context: Context, work: () => Promise<unknown>): Promise<string[]>
  /**
   * Returns when the database removes the credential with that hash by itself, in milliseconds
   * since the epoch; `null` means never.
   */
  removedAt?(context: Context, hash: string): Promise<number | null>
  /** The same for the record with that key. */
  recordRemovedAt?(context: Context, key: string): Promise<number | null>
  /**
   * Returns what belongs to something that expires but is never removed, such as keys without TTL.
   */
  immortal?(context: Context): Promise<string[]>
  /**
   * Returns everything in the namespace that has an end of its own (each key, document or row) with
   * the time at which the database removes it by itself, in milliseconds since the epoch; `null`
   * means never.
   */
  ends?(context: Context): Promise<Record<string, number | null>>
  /** Returns whether the connection that was lent to the store of that context still works. */
  alive?(context: Context): Promise<boolean>
  /**
   * Damages the schema, as a wrong migration might, and returns what it did: `check()` must find
   * it.
   */
  damage?(context: Context): Promise<string>
  /** Writes a credential in the format of an older release, and returns its hash. */
  older?(context: Context): Promise<string>
}

/** A module that makes the same stores in another process. */
export interface Processes {
  /** The module's file. */
  module: string
  /** The name of its function `create`. @default 'create', or the default export */
  export?: string
  /** Node options for those processes, such as a TypeScript loader. @default this process's */
  execArgv?: string[]
}

/** Data that a model already has: its contract has no way to create clients and users. */
export interface Fixtures {
  /** A confidential client that may use every grant type the model supports. */
  client: {
    id: string
    secret: string
    redirectUri?: string
    /** A scope that it may have, for a promise model. @default 'read' */
    scope?: string
  }
  /** A second client. */
  otherClient: { id: string; secret: string; redirectUri?: string }
  /** A user. */
  user: { id: string | number; username: string; password: string }
  /** A second user. @default the cases that need one are left out */
  otherUser?: { id: string | number; username: string; password: string }
}

/**
 * What may be absent: a feature that a store's manifest declares, a database outside the process,
 * or an optional function of a model.
 */
export type Absence = 'users' | 'durable' | 'database' | keyof Model | keyof PromiseModel

/** The options of a run on a model that exists already: `model` in place of `create`. */
export interface ModelOptions extends Omit<ConformanceOptions, 'create' | 'processes'> {
  /** The model. It is every instance, in every namespace. */
  model: NonNullable<Created['model']>
}

/** The options of a run. */
export interface ConformanceOptions {
  /** The store's name in the report. */
  name: string
  /** Makes a store. Called several times with the same namespace, and with new ones. */
  create(context: Context): Created | Promise<Created>
  /**
   * The database's URL, or a function that returns it when the run begins. Enables the cases that
   * put a proxy before the database. `null` means that there is no connection, such as with a
   * database in a file. @default none
   */
  url?: string | (() => string | Promise<string>) | null | undefined
  /** Hooks that read what the contract doesn't expose. @default none */
  raw?: RawHooks
  /** A module with the same `create`, or its file, for cases that need processes. @default none */
  processes?: string | Processes
  /**
   * The contract of the model: `'2.4'` for callbacks, `'promise'` for `oauth2-server` 3 and
   * `@node-oauth/oauth2-server` 4 and 5. @default what the functions of the model show
   */
  contract?: ModelContractName
  /** Data that a model already has. A model needs this or `seed`. @default none */
  fixtures?: Fixtures
  /**
   * Stores these clients and this user where the model finds them. May return what it stored
   * differently, such as `{ user: { id: 7 } }` if the database generates the ids. @default none
   */
  seed?(data: Fixtures, context: Context): unknown
  /** The level to check up to. @default 'fast' */
  level?: Level
  /**
   * Groups or case ids to run, or a single one; in an id, `*` stands for any text. An entry that
   * matches neither is a `TypeError`. @default '*'
   */
  only?: string | readonly string[]
  /** Groups or case ids to skip, in the same form. @default none */
  except?: readonly string[]
  /** Whether the cases run in a random order. @default false */
  shuffle?: boolean
  /** The seed of the random inputs of the group `fuzz`. @default a random number */
  randomSeed?: number
  /**
   * The time in which a call must settle when the database hangs, in milliseconds. `null` means
   * that the store relies on the core's `storeTimeout`. @default 5000
   */
  deadline?: number | null
  /**
   * What the store lacks, for test runners such as Jest that must know it before the store is made.
   * @default none
   */
  without?: readonly Absence[]
  /** The clock that `create` receives, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}
