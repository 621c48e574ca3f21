import { withCode } from '../errors/error-code'
import { type Expected, expected, faultOrOutage } from '../contract/hook-answer'
import { described } from '../values/described'
import type { Passwords } from './password'

const yesOrNo: Expected<boolean> = {
  holds: (value): value is boolean => typeof value === 'boolean',
  words: 'true or false',
}

/**
 * The same passwords, believed word for word: only `true` is right. Anything that they may not
 * return, and a fault in their code, is a `server_error` that names the function.
 */
export function believedPasswords(passwords: Passwords): Passwords {
  return {
    hash: (password) => answerOf(() => hashOf(passwords, password)),
    verify: async (password, hash) =>
      expected('passwords.verify', await answerOf(() => passwords.verify(password, hash)), yesOrNo),
    ...(passwords.isOutdated && { isOutdated: (hash: string) => isOutdated(passwords, hash) }),
  }
}

/** Whether a hash is outdated. A password that is right stays so, whatever is wrong with this. */
function isOutdated(passwords: Passwords, hash: string): boolean {
  try {
    const answer: unknown = passwords.isOutdated!(hash)
    if (typeof answer === 'boolean') return answer
    // Most likely an async function, which nobody waits for.
    Promise.resolve(answer).catch(() => {})
  } catch {}
  return false
}

/** The hash of a password. Throws a TypeError where it is no text. */
export async function hashOf(passwords: Passwords, password: string): Promise<string> {
  const hash: unknown = await passwords.hash(password)
  if (typeof hash === 'string' && hash !== '') return hash
  throw withCode(
    'OAUTH2_KIT_HOOK',
    new TypeError(`"passwords.hash" must return the hash as text, and returned ${described(hash)}`),
  )
}

async function answerOf<T>(ask: () => T): Promise<Awaited<T>> {
  try {
    return await ask()
  } catch (error) {
    throw faultOrOutage(error)
  }
}
