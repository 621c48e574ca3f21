import { signatureAlgorithms } from '../crypto/jose'
import { descriptionOf } from '../errors/descriptions'
import { InvalidTokenError, type OAuth2Error } from '../errors/errors'
import { plainText } from './plain-text'

/** The details of a resource in a challenge, besides the error. */
export interface Challenge {
  /** The scheme to use. @default 'Bearer' */
  scheme?: 'Bearer' | 'DPoP'
  /** The scopes that the resource needs, separated by spaces. */
  scope?: string
  /** The URL of the resource metadata (RFC 9728). */
  metadata?: string
}

/** A token that is bound to a key was sent as a bearer token (RFC 9449 7.2). */
export class BoundTokenError extends InvalidTokenError {
  constructor() {
    super('The access token is bound to a key: send it as "Authorization: DPoP", with a proof')
  }
}

// RFC 9449 7.1: the algorithms that a proof may use.
const algs = signatureAlgorithms.join(' ')

/** The errors that a token with the right scope would avoid, and no error: no token was sent. */
const needToken: readonly string[] = ['', 'invalid_token', 'insufficient_scope']

/**
 * Returns the challenge for a request that a resource refuses. Without credentials, it has the
 * scheme but no error (RFC 6750 3).
 */
export function challengeFor(
  refused: OAuth2Error,
  { scheme = 'Bearer', scope, metadata }: Challenge,
): string {
  const error = plainText(refused.error)
  const parameters = Object.entries({
    error: error || undefined,
    error_description: error ? plainText(descriptionOf(refused)) : undefined,
    // RFC 6750 3: the client then requests a token that is sufficient.
    scope: (needToken.includes(error) && scope) || undefined,
    algs: scheme === 'DPoP' ? algs : undefined,
    // RFC 9728 5.1
    resource_metadata: metadata,
  })
  const present = parameters.filter(([, value]) => value !== undefined)
  const challenge = `${scheme} ${present.map(([name, value]) => `${name}="${value}"`).join(', ')}`
  // RFC 9449 7.2: a resource that accepts both schemes names both.
  const other = scheme === 'Bearer' && refused instanceof BoundTokenError
  return `${challenge.trimEnd()}${other ? `, DPoP algs="${algs}"` : ''}`
}
