import request from 'supertest'
import type * as crypto from '../../src/crypto/jose'
import { newKey } from '../support/jwt'
import { layers } from '../support/layers'
import { askForToken, me, provider, refresh, signIn, tokensOf } from '../support/provider'

let loads = 0

jest.mock('../../src/crypto/jose', () => {
  const actual = jest.requireActual<typeof crypto>('../../src/crypto/jose')
  return { ...actual, jose: () => (loads++, actual.jose()) }
})

it('a server with opaque tokens only never loads jose', async () => {
  const { layer } = layers[3]!
  const at = await provider({ layer })
  const { access_token, refresh_token } = await signIn(at, at.web)
  expect((await me(at, access_token)).status).toBe(200)
  tokensOf(await refresh(at, at.web, refresh_token))
  await request(at.app).get('/.well-known/oauth-authorization-server')
  expect(loads).toBe(0)
  const signing = await provider({ layer }, { keys: [newKey()], accessTokenFormat: 'jwt' })
  tokensOf(await askForToken(signing, signing.web, { grant_type: 'client_credentials' }))
  expect(loads).toBeGreaterThan(0)
})
