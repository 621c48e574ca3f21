import { serialize } from 'node:v8'
import { deadlineLimit } from '../guard/limits'
import { afterTicks } from '../guard/ticks'
import type { Created } from '../types'
import { asCreated, createOf } from './module'
import type { Call, ModelCall, Order, Outcome, Reply } from './messages'

// The program of a child process: it has one store or model, and starts its prepared calls on 'go'.

let created: Created | undefined
let prepared: readonly Prepared[] = []
let limits: readonly number[] = []
/** What the store threw outside of any call, before the suite asked for something. */
let stray: string | undefined
/** Ends what runs with an error. */
const running = new Set<(error: string) => void>()

process.on('message', (order: Order) => {
  carryOut(order).then(
    (reply) => reply && process.send?.(reply),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies Reply),
  )
})
// Without the suite, a store that keeps the process alive would run forever.
process.on('disconnect', () => process.exit())
process.on('uncaughtException', add)
process.on('unhandledRejection', add)

/** Ends what runs with what the store threw in a timer, an event handler or another promise. */
function add(error: unknown): void {
  const text = `The code under test threw outside of any call: ${String(error)}`
  if (running.size === 0) stray ??= text
  for (const end of running) end(text)
}

async function carryOut(order: Order): Promise<Reply | undefined> {
  if (order.order === 'open') {
    const create = await createOf(order.module, order.export)
    const made = await unlessStray(async () => create({ ...order.context, now: () => Date.now() }))
    created = asCreated(made, order.module)
    return { opened: true }
  }
  if (order.order === 'prepare') {
    prepared = await Promise.all(order.calls.map(prepare))
    limits = order.limits
    return { ready: true }
  }
  if (order.order === 'go') {
    return { outcomes: await Promise.all(prepared.map((call, n) => outcomeOf(call, limits[n]!))) }
  }
  await created?.close?.()
  process.disconnect()
  return undefined
}

/** A call that is ready to start, with the name of its method for messages. */
interface Prepared {
  method: string
  start: () => unknown
}

async function prepare(call: Call | ModelCall): Promise<Prepared> {
  const { method } = call
  if (!('found' in call))
    return { method, start: () => called(created?.store ?? created?.model, method, call.args) }
  const { model } = created ?? {}
  try {
    const found = await unlessStray(async () => called(model, call.found.method, call.found.args))
    // The result of a model may be a document, which can't be sent to another process.
    const start = async () => Boolean(found && (await called(model, method, [found])))
    return { method, start }
  } catch (error) {
    return { method, start: () => Promise.reject(error) }
  }
}

function called(target: object | undefined, method: string, args: readonly unknown[]): unknown {
  if (!target) throw new Error('create() returned neither a store nor a model')
  return (target as Record<string, (...given: readonly unknown[]) => unknown>)[method]!(...args)
}

async function outcomeOf({ method, start }: Prepared, milliseconds: number): Promise<Outcome> {
  let cancel: (() => void) | undefined
  const late = new Promise<Outcome>((resolve) => {
    const error = `${method} did not answer within ${Math.round(milliseconds)} ms, ${deadlineLimit}`
    cancel = afterTicks(milliseconds, () => resolve({ error, hung: true }))
  })
  try {
    return await Promise.race([late, unlessStray(async () => sendable(method, await start()))])
  } catch (error) {
    return { error: String(error) }
  } finally {
    cancel?.()
  }
}

/** Resolves with the result of the work, or rejects with what the store throws outside of it. */
async function unlessStray<T>(work: () => Promise<T>): Promise<T> {
  if (stray !== undefined) {
    const text = stray
    stray = undefined
    throw new Error(text)
  }
  let end: ((error: string) => void) | undefined
  const thrown = new Promise<never>((_, reject) => {
    end = (text) => reject(new Error(text))
    running.add(end)
  })
  try {
    return await Promise.race([work(), thrown])
  } finally {
    running.delete(end!)
  }
}

/** Returns the outcome if it can be sent to another process. */
function sendable(method: string, value: unknown): Outcome {
  try {
    serialize(value)
  } catch (error) {
    return { error: `${method} returned a value that is no plain data: ${String(error)}` }
  }
  return { value }
}
