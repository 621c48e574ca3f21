import { types } from 'node:util'
import type { Limits } from './limits'
import { wrapped } from './wrapped'

/** Whether the store hangs on purpose: then its calls keep their limit, and don't count as hung. */
export interface Outage {
  isOn: boolean
}

/**
 * Wraps a store so that each of its calls ends: with a Failure that names the method, if it takes
 * too long. What a method throws or returns is passed on unchanged.
 */
export function guarded<T extends object>(store: T, limits: Limits, outage: Outage): T {
  return wrapped(store, (name, method) => (...args) => {
    const refusal = outage.isOn ? null : limits.refusal(name)
    if (refusal) return Promise.reject(refusal)
    const started = performance.now()
    const answer = method(...args)
    limits.ran(name, performance.now() - started)
    if (types.isPromise(answer)) return limited(name, answer)
    return isThenable(answer) ? limitedThenable(answer, (late) => limited(name, late)) : answer
  })

  function limited(name: string, answer: Promise<unknown>): Promise<unknown> {
    const usual = limits.usualOf(name)
    return outage.isOn
      ? limits.withinOutage(name, usual, answer)
      : limits.within(name, limits.of(name, usual), answer)
  }
}

type Thenable = Pick<PromiseLike<unknown>, 'then'>

function isThenable(value: unknown): value is Thenable {
  return typeof (value as Thenable | null | undefined)?.then === 'function'
}

/** Returns a thenable that is no promise either, and that starts when it is awaited. */
function limitedThenable(
  answer: Thenable,
  limited: (answer: Promise<unknown>) => Promise<unknown>,
): Thenable {
  let started: Promise<unknown> | undefined
  const start = () =>
    (started ??= limited(
      new Promise((resolve, reject) => {
        answer.then(resolve, reject)
      }),
    ))
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- a case must see what the store returned
    then: (...handlers) => start().then(...handlers),
  }
}
