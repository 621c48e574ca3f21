import type { Passwords } from '@oauth2-kit/core'

/** What hashes nothing, where a test is not about hashing. */
export const passwords: Passwords = {
  hash: async (text) => `<${text}>`,
  verify: async (text, hash) => hash === `<${text}>`,
}
