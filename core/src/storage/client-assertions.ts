import type { Client } from '../contract/store'
import { signatureAlgorithms } from '../crypto/jose'
import { InvalidClientError, ServerError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import type { RemoteKeySets } from '../http/remote-key-sets'
import type { Settings } from '../options/settings'
import { type AssertionRules, leewaySeconds, verifiedAssertion } from '../protocol/assertion'
import { refusedAssertion } from '../protocol/client-authentication'
import { keysOf } from './key-sets'
import type { PendingUse } from './storage'

/** The maximum lifetime of a client's assertion, in seconds: it is made for one request. */
const longestLifetime = 600

/**
 * Resolves with the use of an assertion that authenticates the client, which must then be recorded
 * (RFC 7523 3, 7). Throws an `invalid_client` if it does not.
 */
export type VerifyClientAssertion = (client: Client, assertion: string) => Promise<PendingUse>

/** Returns the function that authenticates clients by assertions (RFC 7523 2.2). */
export function clientAssertions(
  { issuer, now }: Settings,
  keySets: RemoteKeySets,
): VerifyClientAssertion {
  function rulesFor({ id }: Client): AssertionRules {
    if (issuer === undefined) throw new ServerError(null, noIssuer(id))
    return {
      issuer: id,
      subject: id,
      // draft-ietf-oauth-rfc7523bis: not the URL of an endpoint. A malicious server could name the
      // endpoint of another one as its own, and pass on the assertions for it.
      audiences: [issuer],
      algorithms: signatureAlgorithms,
      types: ['jwt', 'client-authentication+jwt'],
      mostSecondsAhead: longestLifetime,
      needsJti: true,
    }
  }

  return async (client, assertion) => {
    const rules = rulesFor(client)
    if (!client.jwks && client.jwksUri === undefined)
      throw new InvalidClientError('The client has no keys')
    const keysFor = (kid: string | undefined) =>
      keysOf(client, kid, keySets, 'the client at its jwks_uri')
    try {
      const { exp, jti = '' } = await verifiedAssertion(assertion, rules, keysFor, now())
      const until = (exp + leewaySeconds) * 1000
      return { use: ['client_assertion', client.id, jti], until }
    } catch (error) {
      throw refusedAssertion(error)
    }
  }
}

function noIssuer(clientId: string): Error {
  return optionError(
    'issuer',
    `is missing, but the client "${clientId}" has the authMethod "private_key_jwt", whose assertions ` +
      'have the issuer as audience: set it to the public URL of this server',
  )
}
