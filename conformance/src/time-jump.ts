import { setImmediate as turn } from 'node:timers/promises'

interface Pending {
  /** The time at which it is due, by the clock that jumps. */
  due: number
  /** The interval in milliseconds; undefined for a timer that fires once. */
  every?: number
  fire: () => void
}

/**
 * A clock that can jump forward: `Date` shows the later time, and every timer that was set since
 * and is due by then fires at once. Timers also fire in real time, so that nothing waits for a
 * jump. Disposing of it restores the real time.
 */
export class TimeJump implements Disposable {
  private ahead = 0
  private readonly pending = new Map<unknown, Pending>()
  private readonly real = {
    Date: globalThis.Date,
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
  }

  constructor() {
    const { real } = this
    Object.assign(globalThis, {
      Date: this.date(),
      setTimeout: this.setter(real.setTimeout, false),
      setInterval: this.setter(real.setInterval, true),
      clearTimeout: (timer?: NodeJS.Timeout) => this.clear(timer),
      clearInterval: (timer?: NodeJS.Timeout) => this.clear(timer),
    })
  }

  /** Moves the clock forward, and resolves once the timers that are due have been called. */
  async jump(milliseconds: number): Promise<void> {
    this.ahead += milliseconds
    const now = this.now()
    const due = [...this.pending].filter(([, one]) => one.due <= now)
    for (const [timer, one] of due) {
      if (one.every === undefined) this.clear(timer as NodeJS.Timeout)
      else one.due = now + one.every
      one.fire()
    }
    await turn()
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.real)
  }

  private now(): number {
    return this.real.Date.now() + this.ahead
  }

  private date(): DateConstructor {
    const now = () => this.now()
    return new Proxy(this.real.Date, {
      construct: (target, args, self) =>
        Reflect.construct(target, args.length === 0 ? [now()] : args, self) as Date,
      apply: (target) => new target(now()).toString(),
      get: (target, name, self) => (name === 'now' ? now : Reflect.get(target, name, self)),
    })
  }

  private setter(set: typeof setTimeout | typeof setInterval, repeats: boolean) {
    return (act: (...args: unknown[]) => void, milliseconds = 1, ...args: unknown[]) => {
      const fire = () => act(...args)
      const timer: NodeJS.Timeout = (set as typeof setTimeout)(() => {
        if (!repeats) this.pending.delete(timer)
        fire()
      }, milliseconds)
      const due = this.now() + milliseconds
      this.pending.set(timer, repeats ? { due, every: milliseconds, fire } : { due, fire })
      return timer
    }
  }

  private clear(timer: NodeJS.Timeout | undefined): void {
    this.pending.delete(timer)
    this.real.clearTimeout(timer)
  }
}
