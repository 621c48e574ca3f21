import { randomBytes } from 'node:crypto'
import type { Fixtures } from '../types'

/** Returns clients and a user with random names, for a model that stores them in `seed`. */
export function aSeed(): Fixtures {
  const name = randomBytes(6).toString('hex')
  return {
    client: aSeededClient(),
    otherClient: aSeededClient(),
    user: { id: `user-${name}`, username: `name-${name}`, password: `pass-${name}` },
  }
}

function aSeededClient(): Fixtures['client'] {
  return {
    id: `client-${randomBytes(6).toString('hex')}`,
    secret: randomBytes(12).toString('hex'),
    redirectUri: 'https://client.example/callback',
  }
}
