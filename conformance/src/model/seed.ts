import { randomBytes } from 'node:crypto'
import type { Fixtures } from '../types'

/**
 * Returns clients and a user with random names, for a model that stores them in `seed`. Ids have
 * upper and lower case and differ in their last character only. Secrets are as long as
 * bcrypt reads (72 bytes), with a suffix, and the two of the clients differ only at their ends.
 */
export function aSeed(): Fixtures {
  // With its number, an id has the 40 characters that the 2.4 line accepts.
  const [name, secret] = [hex(16).slice(1), `Secret-${hex(20)}`]
  return {
    client: {
      id: `Client-${name}-1`,
      secret: `${secret}+/=%&$ ${hex(6)}`,
      redirectUri: 'https://client.example/Callback?app=1,2&next=%2F',
    },
    otherClient: {
      id: `Client-${name}-2`,
      secret: `${secret}+/=%&$ ${hex(6)}`,
      redirectUri: 'https://other.example/callback/',
    },
    user: aUser(name),
    otherUser: aUser(name),
  }
}

function aUser(name: string): Fixtures['user'] {
  return {
    id: `User-${hex(6)}`,
    username: `Name-${name}-${hex(11)}`,
    // Has characters that quoting, patterns and forms treat differently, but JSON does not.
    password: `Pass-${hex(12)}-it's <100%>:$1+a&-${hex(8)}`,
  }
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
