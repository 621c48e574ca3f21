import type { Created } from '../types'
import { createOf } from './module'
import type { Call, Order, Outcome, Reply } from './messages'

// The program of a child process: it has one store, and starts its prepared calls on 'go'.

let created: Created | undefined
let prepared: readonly Call[] = []

process.on('message', (order: Order) => {
  carryOut(order).then(
    (reply) => reply && process.send?.(reply),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies Reply),
  )
})

async function carryOut(order: Order): Promise<Reply | undefined> {
  if (order.order === 'open') {
    const create = await createOf(order.module, order.export)
    created = await create({ ...order.context, now: () => Date.now() })
    return { opened: true }
  }
  if (order.order === 'prepare') {
    prepared = order.calls
    return { ready: true }
  }
  if (order.order === 'go') return { outcomes: await Promise.all(prepared.map(outcomeOf)) }
  await created?.close?.()
  process.disconnect()
  return undefined
}

async function outcomeOf({ method, args }: Call): Promise<Outcome> {
  const { store } = created ?? {}
  if (!store) return { error: 'create() returned no "store"' }
  try {
    const call = store[method] as (...args: readonly unknown[]) => Promise<unknown>
    return { value: await call.apply(store, args as unknown[]) }
  } catch (error) {
    return { error: String(error) }
  }
}
