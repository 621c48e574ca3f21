import type { Model, Store } from '@oauth2-kit/core'
import type { Statement } from '../reference/connection'
import type { ModelContent } from '../reference/model'

/** What a variant of a store has to work with: the right store, and the way to its database. */
export interface Base {
  /** The reference store, which passes everything. */
  store: Required<Store>
  /** One statement on the store's namespace: one round trip. */
  run: <T>(statement: Statement) => Promise<T>
  /** The same on another namespace. */
  runIn: <T>(namespace: string, statement: Statement) => Promise<T>
}

/** A store, or a 2.4 model, that is built in another way than the reference. */
export interface Variant {
  /** What is different about it. */
  readonly name: string
  /** Over a wire and in processes, where the others are called directly. */
  readonly served?: boolean
  /** Whose database cleans up by itself. */
  readonly native?: boolean
  /** The members of the store that are different. */
  breaks?(base: Base): Partial<Store> & { close?(): Promise<void> }
  /** The functions of the model that are different; its being there makes it a model. */
  breaksModel?(model: Required<Model>, content: ModelContent): Model
  /** Whether the connection that was lent to the store ends with it. */
  readonly closesBorrowed?: boolean
}

/** A variant that breaks one promise, as somebody has or might. */
export interface Mutant extends Variant {
  /** The case that must fail. */
  readonly caughtBy: string
  /** Other cases that may fail with it; `*` stands for anything. Budgets and random sequences may. */
  readonly also?: readonly string[]
}

/** Changes what a method answers. */
export function answers<A extends unknown[], R>(
  method: (...args: A) => Promise<R>,
  change: (answer: R, ...args: A) => unknown,
): (...args: A) => Promise<R> {
  return async (...args) => change(await method(...args), ...args) as R
}
