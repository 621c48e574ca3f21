import { randomBytes } from 'node:crypto'
import type { Fixtures } from '../types'

/** Clients and a user that nobody else has, for a model that is told of them by `seed`. */
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
