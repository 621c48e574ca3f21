import { optionError } from '../errors/option-error'
import { InvalidGrantError, InvalidRequestError } from '../errors/errors'
import { longestParameter } from '../http/request'
import { assertIssuer } from '../options/issuer'
import { verifiesChallenge } from '../protocol/pkce'
import { narrowResource, presentResources, resourcesFor } from '../protocol/resource'
import type { StorageClient, Presented } from '../storage/storage'
import { EndingError, type TokenForm, grantType } from './grant-type'

type Form = TokenForm<'code' | 'redirect_uri' | 'code_verifier'>

/** Exchanges an authorization code for tokens (RFC 6749 4.1.3). */
export const authorizationCode = grantType({
  name: 'authorization_code',
  parameters: {
    code: longestParameter,
    redirect_uri: longestParameter,
    code_verifier: longestParameter,
  },
  presented: { parameter: 'code', find: (storage, code) => storage.findCode(code) },

  async check({ context: { settings }, form, client, presented, at }) {
    if (form.code === undefined) throw new InvalidRequestError('No "code" parameter')
    if (!presented || presented.clientId !== client.id) throw new InvalidGrantError('Invalid code')
    // A code without a valid expiry counts as expired.
    const hasExpired = presented.expiresAt === null || !(presented.expiresAt > at)
    if (hasExpired && !(await presented.mayBeRedeemed())) {
      throw new InvalidGrantError('Code has expired')
    }
    const user = presented.findUser()
    const { bindsRedirectUri, pkce } = settings.profile
    if (bindsRedirectUri) checkRedirectUri(form, client, presented)
    if (pkce) checkVerifier(form, presented)
    const { scope } = presented
    const resource = presentResources(presented.resource, resourcesFor(client, settings))
    return { user, scope, resource: narrowResource(form.resource, resource) }
  },

  assertSettings: assertIssuer,

  assertClient({ redirectUris }) {
    if (redirectUris.length > 0) return
    throw optionError(
      'redirectUris',
      'is empty, but the client may use authorization codes: add at least one redirect URI',
    )
  },
})

function checkRedirectUri(
  { redirect_uri: sent }: Form,
  client: StorageClient,
  { redirectUri }: Presented,
): void {
  // RFC 6749 4.1.3: the redirect URI must equal the one of the authorization request, if it had
  // one.
  const same =
    redirectUri === undefined
      ? sent === undefined || client.redirectUris.includes(sent)
      : sent === redirectUri
  if (!same)
    throw new InvalidGrantError('The redirect_uri differs from that of the authorization request')
}

function checkVerifier({ code_verifier: verifier }: Form, { challenge }: Presented): void {
  // RFC 9700 2.1.1: a verifier without a challenge is a downgrade attack and must be refused.
  const proved =
    challenge === undefined ? verifier === undefined : verifiesChallenge(verifier ?? '', challenge)
  if (proved) return
  // One wrong verifier revokes the code, so an attacker cannot guess twice.
  throw new EndingError('The code_verifier is missing or wrong')
}
