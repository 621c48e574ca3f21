import { tryAgain } from '../refusals'
import type { Passwords } from './password'

// Slow hashes run on the thread pool, as reading a file or looking up a name does: two of its four
// threads stay free for the rest.
const atOnce = 2
// They have waited for about four seconds by then.
const mostWaiting = 64

const waiting: (() => void)[] = []
let running = 0

const known = new WeakMap<Passwords, Passwords>()

/**
 * The same passwords, of which a bounded number is hashed at once in this process and a bounded number
 * waits. Beyond that a call rejects with a `TemporarilyUnavailableError`.
 */
export function queuedPasswords(passwords: Passwords): Passwords {
  const found = known.get(passwords)
  if (found) return found
  const queued: Passwords = {
    hash: (password) => inTurn(() => passwords.hash(password)),
    verify: (password, hash) => inTurn(() => passwords.verify(password, hash)),
    ...(passwords.isOutdated && { isOutdated: (hash: string) => passwords.isOutdated!(hash) }),
  }
  known.set(passwords, queued)
  known.set(queued, queued)
  return queued
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < atOnce) running++
  else if (waiting.length < mostWaiting) await new Promise<void>((resolve) => waiting.push(resolve))
  else throw tryAgain('Too many passwords are being verified: try again')
  try {
    return await work()
  } finally {
    // Whoever waits takes the place over.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
