import type { Client, JsonWebKeySet } from '../contract/store'
import { signatureAlgorithms } from '../crypto/jose'
import { InvalidClientError, ServerError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import type { RemoteKeySets } from '../http/remote-key-sets'
import type { Settings } from '../options/settings'
import { type AssertionRules, leewaySeconds, verifiedAssertion } from '../protocol/assertion'
import { refusedAssertion } from '../protocol/client-authentication'
import { isFirstUse } from './first-use'
import type { UsedStore } from './with-timeout'

/** The maximum lifetime of a client's assertion, in seconds: it is made for one request. */
const longestLifetime = 600

/** Throws an `invalid_client` unless the assertion authenticates the client. Accepts it once. */
export type AssertAssertion = (client: Client, assertion: string) => Promise<void>

/** Returns the function that authenticates clients by assertions (RFC 7523 2.2). */
export function clientAssertions(
  store: Pick<UsedStore, 'addRecord'>,
  { issuer, now }: Settings,
  keySets: RemoteKeySets,
): AssertAssertion {
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
    try {
      const { exp, jti = '' } = await verifiedAssertion(
        assertion,
        rules,
        (kid) => keysOf(client, kid, keySets),
        now(),
      )
      const until = (exp + leewaySeconds) * 1000
      // RFC 7523 3, 7: each `jti` is accepted once.
      if (await isFirstUse(store, ['client_assertion', client.id, jti], until)) return
    } catch (error) {
      throw refusedAssertion(error)
    }
    throw new InvalidClientError('The client assertion was refused: its jti has been used before')
  }
}

async function keysOf(
  { jwks, jwksUri }: Client,
  kid: string | undefined,
  keySets: RemoteKeySets,
): Promise<JsonWebKeySet> {
  if (jwks) return jwks
  if (jwksUri === undefined) throw new InvalidClientError('The client has no keys')
  try {
    return await keySets.keysAt(jwksUri, kid)
  } catch (error) {
    throw new InvalidClientError(
      'The keys of the client cannot be fetched from its jwks_uri',
      error,
    )
  }
}

function noIssuer(clientId: string): Error {
  return optionError(
    'issuer',
    `is missing, but the client "${clientId}" has the authMethod "private_key_jwt", whose assertions ` +
      'have the issuer as audience: set it to the public URL of this server',
  )
}
