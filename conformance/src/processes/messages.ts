import type { Store } from '@oauth2-kit/core'
import type { Context } from '../types'

/** A call that can be sent to another process. */
export interface Call {
  method: keyof Store
  args: readonly unknown[]
}

/** A call of a function of a model with what another one finds, before all calls start. */
export interface ModelCall {
  method: string
  /** The look-up whose result is the only argument. Without a result, the call returns false. */
  found: { method: string; args: readonly unknown[] }
}

/** The outcome of such a call. */
export type Outcome = { value: unknown } | { error: string; hung?: true }

/** A message from the suite to another process. */
export type Order =
  | { order: 'open'; module: string; export: string | undefined; context: Omit<Context, 'now'> }
  /** `limits` has the time limit of each call, in milliseconds. */
  | { order: 'prepare'; calls: readonly (Call | ModelCall)[]; limits: readonly number[] }
  | { order: 'go' }
  | { order: 'end' }

/** The reply of that process. */
export type Reply =
  | { opened: true }
  | { ready: true }
  | { outcomes: Outcome[] }
  | { failed: string }

/** Returns an outcome as the result of a settled promise. */
export function settled(outcome: Outcome): PromiseSettledResult<unknown> {
  return 'error' in outcome
    ? { status: 'rejected', reason: outcome.error }
    : { status: 'fulfilled', value: outcome.value }
}
