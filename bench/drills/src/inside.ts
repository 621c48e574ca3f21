// Loaded into a provider before its own program: lets the harness step its clock, and look at what it holds.

/** What the harness wants of a provider process. */
export type Order = { order: 'step'; ms: number } | { order: 'look' }

/** What a provider process holds. */
export interface Look {
  rssBytes: number
  heapBytes: number
  /** How many there are of each kind: sockets, timers ... */
  resources: Record<string, number>
  /** Listeners on the process itself. */
  listeners: number
}

const RealDate = Date
let aheadMs = 0

process.on('message', (order: Order) => {
  if (order.order === 'step') {
    aheadMs = order.ms
    globalThis.Date = SteppedDate as DateConstructor
    process.send?.({ stepped: aheadMs })
  } else {
    process.send?.(look())
  }
})
// Nothing of this keeps the program running.
process.channel?.unref()

class SteppedDate extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(SteppedDate.now())
    else super(...(args as [number]))
  }

  static override now(): number {
    return RealDate.now() + aheadMs
  }
}

function look(): Look {
  const collect = (globalThis as { gc?: () => void }).gc
  collect?.()
  const { rss, heapUsed } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return { rssBytes: rss, heapBytes: heapUsed, resources, listeners }
}
