import { withCode } from '../errors/error-code'
import { type Expected, expected, faultOrOutage } from '../contract/hook-answer'
import { described } from '../values/described'
import type { Passwords } from './password'

const yesOrNo: Expected<boolean> = {
  holds: (value): value is boolean => typeof value === 'boolean',
  words: 'true or false',
}

/**
 * Wraps password functions to check their return values. Only `true` accepts a password. A return
 * value of the wrong type, or a programming error in a function, rejects with a `server_error`.
 */
export function believedPasswords(passwords: Passwords): Passwords {
  return {
    hash: (password) => answerOf(() => hashOf(passwords, password)),
    verify: async (password, hash) =>
      expected('passwords.verify', await answerOf(() => passwords.verify(password, hash)), yesOrNo),
    ...(passwords.isOutdated && { isOutdated: (hash: string) => isOutdated(passwords, hash) }),
  }
}

/** Returns whether a hash is outdated. An error here must not reject a correct password. */
function isOutdated(passwords: Passwords, hash: string): boolean {
  try {
    const answer: unknown = passwords.isOutdated!(hash)
    if (typeof answer === 'boolean') return answer
    // Probably an async function. Its result is ignored, but a rejection must be handled.
    Promise.resolve(answer).catch(() => {})
  } catch {}
  return false
}

/**
 * Resolves with the hash of a password. Throws a TypeError if the hash is not a non-empty string.
 */
export async function hashOf(passwords: Passwords, password: string): Promise<string> {
  const hash: unknown = await passwords.hash(password)
  if (typeof hash === 'string' && hash !== '') return hash
  throw withCode(
    'OAUTH2_KIT_HOOK',
    new TypeError(`"passwords.hash" must return the hash as text, but returned ${described(hash)}`),
  )
}

async function answerOf<T>(call: () => T): Promise<Awaited<T>> {
  try {
    return await call()
  } catch (error) {
    throw faultOrOutage(error)
  }
}
