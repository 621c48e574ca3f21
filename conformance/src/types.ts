import type { Model, Store } from '@oauth2-kit/core'

/** How much a store promises: the shapes, that it is safe, that it is fast; each has the ones before. */
export type Level = 'contract' | 'secure' | 'fast'
/** The levels, from the least to the most. */
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

/** What a store is told when it is made. */
export interface Context {
  /**
   * A name of its own for the data: a schema, database, tenant or key prefix. Whoever has the same
   * namespace shares data, whoever has another sees nothing of it. Matches `/^[a-z][a-z0-9]{1,30}$/`.
   */
  readonly namespace: string
  /** Which of several instances over that namespace this is, from 0. Each has its own connections. */
  readonly instance: number
  /** Where the database is: `url` of the options, or the way to it through the suite's proxy. */
  readonly url: string | undefined
  /** How an ioredis Cluster finds its nodes through the proxies; undefined for everything else. */
  readonly natMap?: Record<string, { host: string; port: number }> | undefined
  /** The clock, in milliseconds since the epoch. */
  now(): number
}

/** What `create` gives. */
export interface Created {
  /** The store, or `model`. */
  store?: Store
  /** A model of the 2.4 line, with callbacks or promises, in place of a store. */
  model?: Model
  /** Ends the connections that `create` has made. */
  close?(): unknown
}

/** Looks behind a store: what the contract doesn't show. Each hook unlocks the cases that need it. */
export interface RawHooks {
  /** Everything that is kept in the namespace: every row, document, key and value, as text or bytes. */
  dump?(context: Context): Promise<string | Uint8Array>
  /** How many rows, documents, keys and index entries there are in the namespace. */
  count?(context: Context): Promise<number>
  /**
   * Runs the work and names what the database went through from end to end meanwhile: tables,
   * collections, commands such as KEYS. Empty: it used indexes only.
   */
  explain?(context: Context, work: () => Promise<unknown>): Promise<string[]>
  /**
   * When the database removes the credential of that hash by itself: milliseconds since the epoch;
   * `null` = never.
   */
  removedAt?(context: Context, hash: string): Promise<number | null>
  /** The same for the record of that key. */
  recordRemovedAt?(context: Context, key: string): Promise<number | null>
  /** What would stay for ever, and belongs to something that expires: keys without TTL. Empty: none. */
  immortal?(context: Context): Promise<string[]>
  /** Whether the connection that was lent to the store of that context still works. */
  alive?(context: Context): Promise<boolean>
  /** Damages the schema, as a wrong migration might; `check()` must find it. Gives what it did. */
  damage?(context: Context): Promise<string>
  /** Writes a credential as an older release has written it, and gives its hash. */
  older?(context: Context): Promise<string>
}

/** A module that makes the same stores in another process. */
export interface Processes {
  /** The module's file. */
  module: string
  /** The name of its function `create`. @default 'create', or the default export */
  export?: string
  /** Options of Node for those processes, such as a TypeScript loader. @default this process's */
  execArgv?: string[]
}

/** What exists where a 2.4 model works: that contract has no way to create it. */
export interface Fixtures {
  /** A confidential client that may use every grant type the model supports. */
  client: { id: string; secret: string; redirectUri?: string }
  /** A second client. */
  otherClient: { id: string; secret: string; redirectUri?: string }
  /** A user. */
  user: { id: string | number; username: string; password: string }
}

/**
 * What a store may lack, by its manifest, or a database besides the process; what a 2.4 model may, by
 * its functions.
 */
export type Absence = 'users' | 'durable' | 'database' | keyof Model

/** The options of a run. */
export interface ConformanceOptions {
  /** What the report calls the store. */
  name: string
  /** Makes a store. Called several times with one namespace, and with fresh ones. */
  create(context: Context): Created | Promise<Created>
  /**
   * Where the database is, or a function that says so when the run begins; unlocks the cases that
   * need a proxy before it. @default none
   */
  url?: string | (() => string | Promise<string>) | undefined
  /** Hooks that look behind the store. @default none */
  raw?: RawHooks
  /** A module with the same `create`, or its file, for the cases that need processes. @default none */
  processes?: string | Processes
  /** What exists on a 2.4 model. Such a model needs this or `seed`. @default none */
  fixtures?: Fixtures
  /** Puts these clients and this user where the model finds them. @default none */
  seed?(data: Fixtures, context: Context): unknown
  /** The level to check up to. @default 'fast' */
  level?: Level
  /** Runs the cases whose id matches: `*` stands for anything. @default '*' */
  only?: string
  /**
   * What to leave out: groups, or cases by their id, in which `*` stands for anything. A `TypeError`
   * names what is neither. @default none
   */
  except?: readonly string[]
  /** Whether the cases run in a random order. @default false */
  shuffle?: boolean
  /** What the random inputs of the group `fuzz` come from. @default a random number */
  randomSeed?: number
  /**
   * Milliseconds within which a store must answer, or fail, when its database doesn't. `null`: the
   * store leaves that to the core's `storeTimeout`. @default 5000
   */
  deadline?: number | null
  /**
   * What the store's manifest says it hasn't, for test runners that must know before the store is
   * made, such as Jest. @default none
   */
  without?: readonly Absence[]
  /** The clock that stores are given, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}
