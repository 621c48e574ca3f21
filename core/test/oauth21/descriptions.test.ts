import oauthserver, { OAuth2Error, type OAuthErrorCode } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { layers } from '../support/layers'
import {
  type Differences,
  askForToken,
  authorizationRequest,
  authorize,
  me,
  provider,
  redirected,
  signIn,
} from '../support/provider'

const codes: OAuthErrorCode[] = [
  'access_denied',
  'consent_required',
  'insufficient_scope',
  'invalid_client',
  'invalid_dpop_proof',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'use_dpop_nonce',
]

/** A sentence that says what is wrong, and then what to do. */
const sentence = /^[A-Z].+: .+/

const ownToken = { grant_type: 'client_credentials' }

describe.each(layers)('the description of an error on $version', ({ layer }) => {
  const answers = async (differences: Differences, form: Record<string, string> = ownToken) => {
    const at = await provider({ layer }, { debug: false, ...differences })
    return askForToken(at, at.web, form)
  }

  it.each(codes)('is a sentence for an error without one: %s', async (code) => {
    const scopes = () => Promise.reject(new OAuth2Error(code))
    const { body } = await answers({ scopes })
    expect(body).toEqual({ error: code, error_description: expect.stringMatching(sentence) })
  })

  it.each(codes)('is a sentence in a redirect: %s', async (code) => {
    const authenticate = () => Promise.reject(new OAuth2Error(code))
    const decider = { authenticate, consent: () => true }
    const at = await provider({ layer }, { decider, debug: false })
    const sent = redirected(await authorize(at, authorizationRequest(at.web).parameters))
    expect(sent).toMatchObject({ error: code, error_description: expect.stringMatching(sentence) })
  })

  it.each(codes)('is a sentence in a challenge: %s', async (code) => {
    let fails = false
    const find = async (id: string) => {
      if (fails) throw new OAuth2Error(code)
      return { id }
    }
    const at = await provider({ layer }, { users: { find }, debug: false })
    const { access_token } = await signIn(at, at.web)
    fails = true
    const { body, headers } = await me(at, access_token)
    expect(body.error_description).toMatch(sentence)
    expect(headers['www-authenticate'] ?? '').not.toContain(`error_description="${code}"`)
  })

  it.each<[string, Differences, Record<string, string>]>([
    ['a store that is away', { through: (store) => ({ ...store, getClient: failing }) }, ownToken],
    ['a function that throws', { claims: () => fail() }, ownToken],
    ['an unknown grant type', {}, { grant_type: 'unknown' }],
  ])('is a sentence for %s', async (_what, differences, form) => {
    const { body } = await answers(differences, form)
    expect(body.error_description).toMatch(sentence)
  })

  it('is that of the application, if it has one', async () => {
    expect((await answers({ scopes: refuse })).body.error_description).toBe('No')
  })
})

function refuse(): Promise<never> {
  return Promise.reject(new OAuth2Error('invalid_scope', 'No'))
}

function fail(): never {
  throw new TypeError('a bug')
}

function failing(): Promise<never> {
  return Promise.reject(new Error('away'))
}

it('a missing token is an error with a message', async () => {
  const passed: Error[] = []
  const oauth = oauthserver({
    store: memoryStore(),
    grants: ['client_credentials'],
    passthroughErrors: true,
  })
  const message = { method: 'GET', url: '/', headers: {} }
  const response = { removeHeader() {}, setHeader() {}, hasHeader: () => false, appendHeader() {} }
  oauth.authorise()(message as never, response as never, (error) => passed.push(error as Error))
  expect(passed[0]?.message).toMatch(sentence)
})
