import { generateKeyPairSync } from 'node:crypto'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { FakeRequest, answerOf } from '../fakes'
import { type Contender, basicHeader, issuer, notMeasured, setup, times } from './contender'

const { clientId, scopes, accessTokenLifetime } = setup

/**
 * This project with access tokens that are signed with ES256, and checked by their signature. The
 * baseline issues opaque tokens from the same store.
 */
export async function signedContender(grants: readonly string[]): Promise<Contender> {
  const store = memoryStore()
  const { secret } = await oauthserver.createClient(store, {
    id: clientId,
    grantTypes: [...grants],
    scopes: [...scopes],
  })
  const basic = basicHeader(secret ?? '')
  const options = { store, grants, issuer, accessTokenLifetime }
  const opaque = oauthserver(options)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = oauthserver({ ...options, keys: [privateKey], accessTokenFormat: 'jwt' })
  const endpoints = { endpoints: ['token'] } as const
  const grant = signed.grant()
  return {
    authorise: signed.authorise({ verify: 'signature' }),
    grant,
    listener: () => signed.listener(endpoints),
    baseline: { grant: opaque.grant(), listener: () => opaque.listener(endpoints) },
    basic,
    accessTokens: (count) =>
      times(count, async () => {
        const form = FakeRequest.form(basic, { grant_type: 'client_credentials' })
        const { body } = await answerOf(grant, form)
        return (JSON.parse(String(body)) as { access_token: string }).access_token
      }),
    codes: notMeasured,
    refreshTokens: notMeasured,
  }
}
