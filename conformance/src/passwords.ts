import { createHash, randomBytes } from 'node:crypto'
import type { Passwords } from '@oauth2-kit/core'

/**
 * Returns a fast salted hash, for tests only: the store is under test here, not the hashing. Hashes
 * of another version count as outdated, like those with older parameters.
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
