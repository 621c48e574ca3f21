import { timeoutAfter } from '../../../core/dist/async/timeout'
import type { Trick } from './trick'

const milliseconds = 5000

/** A call of a store that answers at once, so that its time limit needs no timer. */
export const settledTimer: Trick = () => {
  const withTimeout = timeoutAfter(milliseconds)
  return {
    plain: () => withTimer(find),
    trick: () => withTimeout(find, "The store's find"),
  }
}

async function find() {
  return { kind: 'access' }
}

/** Limits a call with a timer that is always set. */
function withTimer<T>(call: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('No answer in time')), milliseconds)
    call().then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: Error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
