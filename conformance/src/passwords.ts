import { createHash, randomBytes } from 'node:crypto'
import type { Passwords } from '@oauth2-kit/core'

/**
 * Salted hashes that take no time, since it is the store that is checked. Those of another version
 * are outdated, as those with older parameters are. For nothing but tests.
 */
export function quickPasswords(version = 1): Passwords {
  return {
    async hash(password) {
      const salt = randomBytes(16).toString('hex')
      return `v${version}.${salt}.${digest(password, salt)}`
    },
    async verify(password, hash) {
      const [, salt = '', wanted] = hash.split('.')
      return digest(password, salt) === wanted
    },
    isOutdated(hash) {
      return !hash.startsWith(`v${version}.`)
    },
  }
}

function digest(password: string, salt: string): string {
  return createHash('sha256').update(`${salt}.${password}`).digest('hex')
}
