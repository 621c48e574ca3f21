import oauthserver, { type Hooks, type Options } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { layers } from '../support/layers'
import { register } from '../support/provider'

const { OAuth2Error } = oauthserver
const issuer = 'https://auth.example'
const profiles: Options['profile'][] = ['oauth2.1', 'v2']
const thrower = {
  enumerable: true,
  get() {
    throw new Error('A getter')
  },
}

async function serving(
  layer: (typeof layers)[number]['layer'],
  profile: Options['profile'],
  thrown: unknown,
) {
  const store = memoryStore()
  const client = await register(store)
  const fail = () => {
    throw thrown
  }
  const oauth = oauthserver({ model: store, issuer, profile, grants: ['authorization_code'] })
  const hooks: Hooks = { authenticate: fail, consent: fail }
  return request(layer(oauth, hooks, {}))
    .get('/oauth/authorize')
    .query({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    })
}

describe.each(layers)('F20: an OAuth2Error of a hook, on $version', ({ layer }) => {
  describe.each(profiles)('with the profile %s', (profile) => {
    it.each(['code', 'error', 'error_description', 'headers', 'message', 'other'])(
      'whose getter %s throws is a server_error',
      async (member) => {
        const thrown = Object.defineProperty(new OAuth2Error('access_denied'), member, thrower)
        const answer = await serving(layer, profile, thrown)
        expect(answer.status).toBe(302)
        const { searchParams } = new URL(answer.headers['location'] as string)
        expect(searchParams.get('error')).toBe('server_error')
      },
    )

    it.each([['é'], ['€'], ['a'], ['𝄞']])(
      'has a description of a bounded length: %s',
      async (text) => {
        const thrown = new OAuth2Error('access_denied', text.repeat(1_000_000))
        const answer = await serving(layer, profile, thrown)
        expect(answer.status).toBe(302)
        expect((answer.headers['location'] as string).length).toBeLessThan(13_000)
      },
    )
  })
})

describe('F20: fetch() and authenticate()', () => {
  it.each(profiles)('do not reject for an error that cannot be read, with %s', async (profile) => {
    const error = Object.defineProperty(new OAuth2Error('invalid_token'), 'headers', thrower)
    const store = memoryStore()
    const find = async () => {
      throw error
    }
    const oauth = oauthserver({ model: { ...store, find }, issuer, profile, grants: [] })
    const apiRequest = new Request('https://auth.example/api', {
      headers: { Authorization: 'Bearer x' },
    })
    const { response } = await oauth.authenticate(apiRequest)
    expect(response?.status).toBeGreaterThanOrEqual(500)
  })
})
