import type { Connection } from '../reference/connection'
import type { procedures } from '../reference/procedures'
import type { Model, Store } from '@oauth2-kit/core'
import type { Statement } from '../reference/connection'
import type { ModelContent } from '../reference/model'
import type { PromiseModel, Shelf } from '../reference/promise-model'

/** The base of a variant: the correct store, and access to its database. */
export interface Base {
  /** The reference store, which passes every case. */
  store: Required<Store>
  /** Runs one statement on the namespace of the store, in one round trip. */
  run: <T>(statement: Statement) => Promise<T>
  /** Is the same for all stores of one run. */
  bench: object
  /** Opens another connection to the database, which must be served. */
  connect: () => Connection
  /** Runs one statement on another namespace. */
  runIn: <T>(namespace: string, statement: Statement) => Promise<T>
}

/** The base of a variant that is a promise model: the correct model, and access to its data. */
export interface PromiseBase {
  /** The reference model, which passes every case. */
  model: PromiseModel
  /** Where it keeps its data. */
  shelf: Shelf
  /** The data itself, if it is in this process. */
  entries: Map<string, string>
  /** The data of a 2.4 model that is presented as a promise model. */
  content: ModelContent
}

/** A store, a 2.4 model or a promise model that differs from the reference. */
export interface Variant {
  /** How it differs. */
  readonly name: string
  /** Whether it runs over a wire and in processes; other variants are called directly. */
  readonly served?: boolean
  /** Whether its database removes expired entries by itself. */
  readonly native?: boolean
  /** The procedures of its database, if they differ. */
  readonly procedures?: typeof procedures
  /** Returns the members of the store that differ. */
  breaks?(base: Base): Partial<Store> & { close?(): Promise<void> }
  /** Returns another object with the same methods. */
  whole?(store: Store): object
  /** Returns the functions of the model that differ. A variant that has this is a model. */
  breaksModel?(model: Required<Model>, content: ModelContent): Model
  /** Returns the whole promise model. A variant that has this is one. */
  promiseModel?(base: PromiseBase): object
  /** Whether closing the store also closes the connection that the application passed to it. */
  readonly closesBorrowed?: boolean
}

/** A variant that breaks one promise, in a way that a real store has or might. */
export interface Mutant extends Variant {
  /** The case that must fail. */
  readonly caughtBy: string
  /** Other cases that may fail, often budgets and random sequences; `*` stands for any text. */
  readonly also?: readonly string[]
}

/** Wraps a method to change its result. */
export function answers<A extends unknown[], R>(
  method: (...args: A) => Promise<R>,
  change: (answer: R, ...args: A) => unknown,
): (...args: A) => Promise<R> {
  return async (...args) => change(await method(...args), ...args) as R
}
