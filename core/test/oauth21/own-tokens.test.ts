import oauthserver, { type Options } from '@oauth2-kit/core'
import { sha256 } from '../../src/crypto/hash'
import { expresses } from '../support/express'
import {
  askForToken,
  getCode,
  me,
  provider,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf } from '../support/records'

const ticket = 'urn:example:params:ticket'
const ownToken = { grant_type: 'client_credentials' }

describe.each(expresses)('tokens made by the application on $version', ({ express }) => {
  async function askWith(
    extendedGrant: Options['extendedGrant'],
    form: Record<string, string> = {},
    grantTypes = [ticket, 'refresh_token'],
  ) {
    const at = await provider(express, {
      extendedGrant,
      grants: [ticket, 'refresh_token', 'authorization_code'],
    })
    const client = await register(at.store, { grantTypes, redirectUris: ['https://a.example/'] })
    return { at, client, answer: await askForToken(at, client, { grant_type: ticket, ...form }) }
  }

  describe('generateToken', () => {
    it('makes codes and tokens, and receives the type and the request', async () => {
      const requested: string[] = []
      let made = 0
      const at = await provider(express, {
        async generateToken(type, req) {
          requested.push(`${type} ${req.method}`)
          return `${type}.${made++}.${'x'.repeat(22)}`
        },
      })
      const { code } = await getCode(at, at.spa)
      expect(code).toMatch(/^authorization_code\.0\.x+$/)
      const tokens = await signIn(at, at.spa)
      expect(tokens.access_token).toMatch(/^accessToken\.2\./)
      expect(tokens.refresh_token).toMatch(/^refreshToken\.3\./)
      expect(requested).toEqual([
        'authorization_code GET',
        'authorization_code GET',
        'accessToken POST',
        'refreshToken POST',
      ])
      expect((await me(at, tokens.access_token)).status).toBe(200)
      tokensOf(await refresh(at, at.spa, tokens.refresh_token))
      expect(await at.store.find(tokens.access_token)).toBeNull()
      expect(await at.store.find(sha256(tokens.access_token))).not.toBeNull()
    })

    it('that returns null means 40 hex characters', async () => {
      const at = await provider(express, { generateToken: () => null })
      const tokens = await signIn(at, at.spa)
      expect(tokens.access_token).toMatch(/^[0-9a-f]{40}$/)
      expect(tokens.refresh_token).toMatch(/^[0-9a-f]{40}$/)
    })

    it.each<[string, number, Options['generateToken']]>([
      ['throws', 503, () => Promise.reject(new Error('secret details'))],
      ['returns more than can be presented', 500, () => 'a'.repeat(8193)],
    ])('that %s is a %i, and nothing is issued', async (_what, status, generateToken) => {
      const at = await provider(express, { generateToken })
      const answer = await askForToken(at, at.web, ownToken)
      expect(answer.status).toBe(status)
      expect(answer.text).not.toContain('secret details')
      expect(await grantsOf(at.store, { clientId: at.web.id })).toEqual([])
    })

    it.each<[string, unknown]>([
      ['an object', { accessToken: 'again' }],
      ['a number', 42],
      ['true', true],
      ['text with a space', 'tok en'],
      ['text beyond ASCII', 'tökenö'],
      ['a lone surrogate', '\ud800'],
      ['text with = in the middle', 'a=b'],
      ['text with a line break at the end', 'token\n'],
    ])(
      'F14: that returns %s is a server_error that names it, and nothing is issued',
      async (_what, token) => {
        const errors: unknown[] = []
        const at = await provider(express, {
          generateToken: () => token as never,
          debug: (error) => errors.push(error.cause),
        })
        const answer = await askForToken(at, at.web, ownToken)
        expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
        expect(errors).toEqual([
          expect.objectContaining({ message: expect.stringContaining('"generateToken" must') }),
        ])
        expect(await grantsOf(at.store, { clientId: at.web.id })).toEqual([])
      },
    )

    it('F14: may return codes and refresh tokens of any printable ASCII', async () => {
      let made = 0
      const at = await provider(express, {
        generateToken: (type) =>
          type === 'accessToken' ? `${'x'.repeat(22)}${made++}` : `{"a": ${made++}} ${type}`,
      })
      const tokens = await signIn(at, at.spa)
      expect(tokens.refresh_token).toMatch(/^{"a": \d} refreshToken$/)
      tokensOf(await refresh(at, at.spa, tokens.refresh_token))
    })

    it('security 32: that repeats a token is a 503, and the first one stays valid', async () => {
      const at = await provider(express, { generateToken: () => 'x'.repeat(40) })
      tokensOf(await askForToken(at, at.web, ownToken))
      expect((await askForToken(at, at.web, ownToken)).status).toBe(503)
      expect((await me(at, 'x'.repeat(40))).status).toBe(200)
      expect(await grantsOf(at.store, { clientId: at.web.id })).toHaveLength(1)
    })
  })

  describe('extendedGrant', () => {
    it('issues tokens to the user that it returns', async () => {
      const { at, client, answer } = await askWith(
        async (grantType, req) => ({ id: `${grantType} ${req['body'].ticket}` }),
        { ticket: 'abc', scope: 'email' },
      )
      const tokens = tokensOf(answer)
      expect(tokens.scope).toBe('email')
      expect((await me(at, tokens.access_token)).body.user).toEqual({ id: `${ticket} abc` })
      tokensOf(await refresh(at, client, tokens.refresh_token))
    })

    it('is unsupported_grant_type if it returns null', async () => {
      const { answer } = await askWith(() => null)
      expect(refusal(answer)).toEqual({ status: 400, error: 'unsupported_grant_type' })
    })

    it('is unauthorized_client if the client has not registered it', async () => {
      const { answer } = await askWith(() => ({ id: 'ada' }), {}, ['refresh_token'])
      expect(refusal(answer)).toEqual({ status: 400, error: 'unauthorized_client' })
    })

    it('F14: is a server_error if the user has no id', async () => {
      const { answer } = await askWith(() => ({}) as never)
      expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
    })

    it('sends an OAuth2Error that it throws', async () => {
      const { answer } = await askWith(() => {
        throw new oauthserver.InvalidGrantError('The ticket is void')
      })
      expect(answer.status).toBe(400)
      expect(answer.body).toEqual({
        error: 'invalid_grant',
        error_description: 'The ticket is void',
      })
    })

    it('is a 503 without details for any other error', async () => {
      const { answer } = await askWith(() => Promise.reject(new Error('secret details')))
      expect(answer.status).toBe(503)
      expect(answer.text).not.toContain('secret details')
    })

    it('is not called if the scope is wrong', async () => {
      let requested = false
      const { answer } = await askWith(
        () => {
          requested = true
          return { id: 'ada' }
        },
        { scope: 'admin' },
      )
      expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_scope' })
      expect(requested).toBe(false)
    })
  })
})
