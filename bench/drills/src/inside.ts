// Loaded into a provider before its own program: changes its clock and inspects its resources.

/** A message from the harness to a provider process. */
export type Order = { order: 'step'; ms: number } | { order: 'look' }

/** The resources of a provider process after a garbage collection, and its CPU time. */
export interface Look {
  rssBytes: number
  heapBytes: number
  cpuSeconds: number
  /** The number of active resources of each kind: sockets, timers and others. */
  resources: Record<string, number>
  /** Listeners on `process` itself. */
  listeners: number
}

const RealDate = Date
/** How many times as fast the clock runs since `anchor` (milliseconds since the epoch). */
const rate = Number(process.env.DRILL_CLOCK_RATE ?? 1)
const anchor = Number(process.env.DRILL_CLOCK_ANCHOR ?? RealDate.now())
let aheadMs = 0

class OtherDate extends RealDate {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(OtherDate.now())
    else super(...(args as [number]))
  }

  static override now(): number {
    return anchor + Math.floor((RealDate.now() - anchor) * rate) + aheadMs
  }
}

if (rate !== 1) globalThis.Date = OtherDate as DateConstructor

process.on('message', (order: Order) => {
  if (order.order === 'step') {
    aheadMs = order.ms
    globalThis.Date = OtherDate as DateConstructor
    process.send?.({ stepped: aheadMs })
  } else {
    process.send?.(look())
  }
})
// The channel doesn't keep the program running, but the program ends with the harness.
process.channel?.unref()
process.on('disconnect', () => process.exit())

function look(): Look {
  const collect = (globalThis as { gc?: () => void }).gc
  collect?.()
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    cpuSeconds: (user + system) / 1e6,
    resources,
    listeners,
  }
}
