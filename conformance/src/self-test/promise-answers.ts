import type { PromiseModel } from '../reference/promise-model'
import type { PromiseBase } from './mutant'

// Wrappers that change functions of a promise model.

type Name = keyof PromiseModel
type Loose = (...args: never[]) => unknown
/** Functions of a promise model, right or wrong. */
export type Functions = Partial<Record<Name, Loose>>

/** Returns a copy of the object without that member. */
export function without(object: object, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([each]) => each !== name))
}

/** Returns what makes the whole model: the reference model with other functions in some places. */
export function replacing(functions: (base: PromiseBase) => Functions) {
  return (base: PromiseBase): object => ({ ...base.model, ...functions(base) })
}

type Result<K extends Name> = Awaited<ReturnType<PromiseModel[K]>>

/** Returns what makes a model whose function returns another result. */
export function changing<K extends Name>(
  name: K,
  change: (result: Result<K>, ...args: never[]) => unknown,
) {
  return replacing(({ model }) => ({ [name]: withResult(model[name], change) }))
}

/** Like `changing`, but changes only the result of a call that has found something. */
export function changingHit<K extends Name>(
  name: K,
  change: (result: Exclude<Result<K>, null | undefined | false>, ...args: never[]) => unknown,
) {
  return changing(name, (result, ...args) => result && change(result as never, ...args))
}

/** Returns what makes a model whose function receives other arguments. */
export function receiving<K extends Name>(
  name: K,
  change: (...args: Parameters<PromiseModel[K]>) => readonly unknown[],
) {
  return replacing(({ model }) => ({
    [name]: async (...args: unknown[]) =>
      (model[name] as (...args: unknown[]) => unknown)(
        ...change(...(args as Parameters<PromiseModel[K]>)),
      ),
  }))
}

function withResult(fn: Loose, change: Loose): Loose {
  return async (...args: never[]) => change((await fn(...args)) as never, ...args)
}
