import { createHash, randomBytes } from 'node:crypto'
import type { Passwords } from '@oauth2-kit/core'

/**
 * Salted hashes that take no time, since it is the store that is checked; the version can be moved
 * on, as parameters are. For nothing but tests.
 */
export function quickPasswords(): Passwords & { version: number } {
  return {
    version: 1,
    async hash(password) {
      const salt = randomBytes(16).toString('hex')
      return `v${this.version}.${salt}.${digest(password, salt)}`
    },
    async verify(password, hash) {
      const [, salt = '', wanted] = hash.split('.')
      return digest(password, salt) === wanted
    },
    isOutdated(hash) {
      return !hash.startsWith(`v${this.version}.`)
    },
  }
}

function digest(password: string, salt: string): string {
  return createHash('sha256').update(`${salt}.${password}`).digest('hex')
}
