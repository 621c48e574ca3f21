import { withCode } from '../errors/error-code'
import { atOnce } from '../async/at-once'
import { tryAgain } from '../errors/refusals'
import { believedPasswords } from './believed-passwords'
import type { Passwords } from './password'

// Slow hashes share the thread pool with file access and DNS look-ups. This limit leaves two of its
// four threads free for these.
const mostHashed = 2
// With a full queue, the last call waits about four seconds.
const mostWaiting = 64
// No hash takes this long. A call that never settles must not block the queue.
const longestHashMs = 30_000

const turns = atOnce(mostHashed, {
  mostWaiting,
  refusal: () => tryAgain('Too many passwords are being verified: try again'),
})
const known = new WeakMap<Passwords, Passwords>()

/**
 * Wraps password functions to limit the number of running and waiting calls in this process. A call
 * beyond both limits rejects with a `TemporarilyUnavailableError`, and a call that takes longer
 * than 30 seconds with a timeout error. Return values are checked as in `believedPasswords`.
 */
export function queuedPasswords(passwords: Passwords): Passwords {
  const found = known.get(passwords)
  if (found) return found
  const checked = believedPasswords(passwords)
  const queued: Passwords = {
    hash: (password) => inTurn(() => checked.hash(password), 'passwords.hash'),
    verify: (password, hash) => inTurn(() => checked.verify(password, hash), 'passwords.verify'),
    ...(checked.isOutdated && { isOutdated: (hash: string) => checked.isOutdated!(hash) }),
  }
  known.set(passwords, queued)
  known.set(queued, queued)
  return queued
}

function inTurn<T>(work: () => Promise<T>, what: string): Promise<T> {
  return turns(() => inTime(work(), what))
}

/** Resolves with the outcome, or rejects if it takes too long. A later outcome is ignored. */
function inTime<T>(outcome: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        withCode(
          'OAUTH2_KIT_TIMEOUT',
          new Error(`"${what}" did not finish within ${longestHashMs / 1000} seconds`),
        ),
      )
    }, longestHashMs)
    timer.unref()
    outcome.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
