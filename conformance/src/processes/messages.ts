import type { Store } from '@oauth2-kit/core'
import type { Context } from '../types'

/** A call that can be sent to another process. */
export interface Call {
  method: keyof Store
  args: readonly unknown[]
}

/** What became of a call there. */
export type Outcome = { value: unknown } | { error: string }

/** What the suite tells another process. */
export type Order =
  | { order: 'open'; module: string; export: string | undefined; context: Omit<Context, 'now'> }
  | { order: 'prepare'; calls: readonly Call[] }
  | { order: 'go' }
  | { order: 'end' }

/** What that process answers to each order. */
export type Reply =
  | { opened: true }
  | { ready: true }
  | { outcomes: Outcome[] }
  | { failed: string }
