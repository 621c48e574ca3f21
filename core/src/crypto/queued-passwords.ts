import { withCode } from '../errors/error-code'
import { atOnce } from '../async/at-once'
import { tryAgain } from '../errors/refusals'
import { believedPasswords } from './believed-passwords'
import type { Passwords } from './password'

// Slow hashes run on the thread pool, as reading a file or looking up a name does: two of its four
// threads stay free for the rest.
const mostHashed = 2
// They have waited for about four seconds by then.
const mostWaiting = 64
// No hash takes that long: one that never ends must not keep its place from all others.
const longestHashMs = 30_000

const turns = atOnce(mostHashed, {
  mostWaiting,
  refusal: () => tryAgain('Too many passwords are being verified: try again'),
})
const known = new WeakMap<Passwords, Passwords>()

/**
 * The same passwords, of which a bounded number is hashed at once in this process and a bounded number
 * waits. Beyond that a call rejects with a `TemporarilyUnavailableError`. They are believed word for
 * word, and given up after 30 seconds.
 */
export function queuedPasswords(given: Passwords): Passwords {
  const found = known.get(given)
  if (found) return found
  const passwords = believedPasswords(given)
  const queued: Passwords = {
    hash: (password) => inTurn(() => passwords.hash(password), 'passwords.hash'),
    verify: (password, hash) => inTurn(() => passwords.verify(password, hash), 'passwords.verify'),
    ...(passwords.isOutdated && { isOutdated: (hash: string) => passwords.isOutdated!(hash) }),
  }
  known.set(given, queued)
  known.set(queued, queued)
  return queued
}

function inTurn<T>(work: () => Promise<T>, what: string): Promise<T> {
  return turns(() => inTime(work(), what))
}

/** The outcome, or an error if it takes too long. What comes later is nobody's any longer. */
function inTime<T>(outcome: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        withCode(
          'OAUTH2_KIT_TIMEOUT',
          new Error(`"${what}" did not end within ${longestHashMs / 1000} seconds`),
        ),
      )
    }, longestHashMs)
    timer.unref()
    outcome.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
