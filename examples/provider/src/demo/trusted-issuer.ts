import { readFileSync } from 'node:fs'
import type { JsonWebKeySet, TrustedIssuer } from '@oauth2-kit/core'
import type { TrustedIssuer as Config } from '../config.js'
import { fail } from '../provider/environment.js'
import type { UserStore } from '../provider/setting.js'

/** The grant type of assertions (RFC 7523 2.1). */
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * Returns the option `trustedIssuers`: this issuer may name every user of the provider, by the
 * username in `sub`. Throws a `ConfigurationError` if the file can't be read.
 */
export function trustedIssuers({ issuer, keysFile }: Config, store: UserStore): TrustedIssuer[] {
  const user: TrustedIssuer['user'] = ({ sub }) => store.getUserByUsername(sub)
  return [{ issuer, jwks: keysIn(keysFile), user }]
}

function keysIn(file: string): JsonWebKeySet {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonWebKeySet
  } catch (error) {
    return fail(`TRUSTED_ISSUER_KEYS_FILE: ${(error as Error).message}`)
  }
}
