import type { AnyModel, Needed } from './contract'

/** Returns whether the model has the function, of its own or inherited from its class. */
export function hasFunction(model: AnyModel, name: string): boolean {
  return typeof (model as Record<string, unknown>)[name] === 'function'
}

/** Returns that a model with one of these functions needs all of them. */
export function mutual(purpose: string, functions: readonly string[]): Needed[] {
  return functions.map((sign) => ({
    purpose,
    sign,
    functions: functions.filter((name) => name !== sign),
  }))
}
