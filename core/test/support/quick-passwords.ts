import type { Passwords } from '@oauth2-kit/core'

/** Passwords that are not really hashed, for tests that do not test hashing. */
export const passwords: Passwords = {
  hash: async (text) => `<${text}>`,
  verify: async (text, hash) => hash === `<${text}>`,
}
