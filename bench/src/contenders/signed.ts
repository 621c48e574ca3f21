import { generateKeyPairSync } from 'node:crypto'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { FakeRequest, answerOf } from '../fakes'
import { type Contender, basicHeader, issuer, notMeasured, setup, times } from './contender'

const { clientId, scopes, accessTokenLifetime } = setup

const endpoints = { endpoints: ['token'] } as const

/** Returns a server with opaque tokens on a new store, and the options for another one on it. */
export async function opaqueServer(grants: readonly string[]) {
  const store = memoryStore()
  const { secret } = await oauthserver.createClient(store, {
    id: clientId,
    grantTypes: [...grants],
    scopes: [...scopes],
  })
  const options = { store, grants, issuer, accessTokenLifetime }
  const server = oauthserver(options)
  const opaque: NonNullable<Contender['baseline']> = {
    grant: server.grant(),
    listener: () => server.listener(endpoints),
  }
  return { options, opaque, basic: basicHeader(secret ?? '') }
}

/**
 * This project with access tokens that are signed with ES256, and checked by their signature. The
 * baseline issues opaque tokens from the same store.
 */
export async function signedContender(grants: readonly string[]): Promise<Contender> {
  const { options, opaque, basic } = await opaqueServer(grants)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signed = oauthserver({ ...options, keys: [privateKey], accessTokenFormat: 'jwt' })
  const grant = signed.grant()
  return {
    authorise: signed.authorise({ verify: 'signature' }),
    grant,
    listener: () => signed.listener(endpoints),
    baseline: opaque,
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
