import request from 'supertest'
import { generateKeyPairSync } from 'node:crypto'
import { layers } from '../support/layers'
import { askForToken, me, provider, refresh, signIn, tokensOf } from '../support/provider'

/** The modules that were loaded: a factory runs when its module is first needed, from anywhere. */
const loaded: string[] = []

jest.mock('jose', () => {
  loaded.push('jose')
  return jest.requireActual<object>('jose')
})

it('a server with opaque tokens, secrets and bearer tokens never loads jose', async () => {
  const { layer } = layers[3]!
  const at = await provider({ layer })
  const { access_token, refresh_token } = await signIn(at, at.web)
  expect((await me(at, access_token)).status).toBe(200)
  expect((await me(at, 'a.b.c')).status).toBe(401)
  tokensOf(await refresh(at, at.web, refresh_token))
  await request(at.app).get('/.well-known/oauth-authorization-server')
  expect(loaded).toEqual([])
  // The same requests load it if tokens are signed, so the count above can fail.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signing = await provider({ layer }, { keys: [privateKey], accessTokenFormat: 'jwt' })
  tokensOf(await askForToken(signing, signing.web, { grant_type: 'client_credentials' }))
  expect(loaded).toEqual(['jose'])
})
