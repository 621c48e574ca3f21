import type { Store } from '@oauth2-kit/core'
import type { Context } from '../types'

/** A call that can be sent to another process. */
export interface Call {
  method: keyof Store
  args: readonly unknown[]
}

/** The outcome of such a call. */
export type Outcome = { value: unknown } | { error: string; hung?: true }

/** A message from the suite to another process. */
export type Order =
  | { order: 'open'; module: string; export: string | undefined; context: Omit<Context, 'now'> }
  /** `limits` has the time limit of each call, in milliseconds. */
  | { order: 'prepare'; calls: readonly Call[]; limits: readonly number[] }
  | { order: 'go' }
  | { order: 'end' }

/** The reply of that process. */
export type Reply =
  | { opened: true }
  | { ready: true }
  | { outcomes: Outcome[] }
  | { failed: string }
