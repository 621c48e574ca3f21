import { randomBytes } from 'node:crypto'
import { setup } from '@oauth2-kit/bench/contender'

/** Returns a token as long as those of the library, with a random value. */
export function newToken(): string {
  return randomBytes(20).toString('hex')
}

/** Returns the lifetimes and values of an access and a refresh token. */
export function newTokens() {
  return {
    accessToken: newToken(),
    accessTokenExpiresAt: dateIn(setup.accessTokenLifetime),
    refreshToken: newToken(),
    refreshTokenExpiresAt: dateIn(setup.refreshTokenLifetime),
  }
}

/** Returns the time in that many seconds. */
export function dateIn(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000)
}
