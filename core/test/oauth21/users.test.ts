import { randomUUID } from 'node:crypto'
import { type Options, hashPassword } from '@oauth2-kit/core'
import { expresses } from '../support/express'
import {
  type Parameters,
  type Provider,
  askForToken,
  exchange,
  getCode,
  invalidGrant,
  me,
  provider,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { grantsOf, putUser } from '../support/records'

beforeEach(() => {
  // The password grant emits a warning, which options.test.ts tests.
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => jest.restoreAllMocks())

describe.each(expresses)('users on $version', ({ express }) => {
  describe('users.find', () => {
    it('sets req.user by the user id of the grant', async () => {
      const calls: string[] = []
      const at = await provider(express, {
        users: {
          async find(id) {
            calls.push(id)
            return { id, name: 'Ada' }
          },
        },
      })
      const { access_token } = await signIn(at, at.spa)
      expect((await me(at, access_token)).body.user).toEqual({ id: at.user.id, name: 'Ada' })
      // One call for the exchange of the code, one for the request.
      expect(calls).toEqual([at.user.id, at.user.id])
    })

    it('that returns null for a deleted user invalidates the token', async () => {
      let isGone = false
      const find = async (id: string) => (isGone ? null : { id })
      const at = await provider(express, { users: { find } })
      const { access_token } = await signIn(at, at.spa)
      isGone = true
      const answer = await me(at, access_token)
      expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_token' })
    })

    it('F27: a deleted user gets no tokens, and the grant is revoked', async () => {
      let isGone = false
      const find = async (id: string) => (isGone ? null : { id })
      const at = await provider(express, { users: { find } })
      const code = await getCode(at, at.spa)
      const { refresh_token } = await signIn(at, at.spa)
      isGone = true
      expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
      expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
      expect(await grantsOf(at.store, { userId: at.user.id })).toEqual([])
      isGone = false
      expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
    })

    it('F27: a client whose user is deleted gets no token of its own', async () => {
      const at = await provider(express, { users: { find: async () => null } })
      const options = { grantTypes: ['client_credentials'], redirectUris: [], userId: 'robot' }
      const client = await register(at.store, options)
      const answer = await askForToken(at, client, { grant_type: 'client_credentials' })
      expect(refusal(answer)).toEqual(invalidGrant)
    })

    it('is not called for a client that acts for itself', async () => {
      const at = await provider(express, {
        users: { find: () => Promise.reject(new Error('Nobody to find')) },
      })
      const own = tokensOf(await askForToken(at, at.web, { grant_type: 'client_credentials' }))
      expect((await me(at, own.access_token)).status).toBe(200)
    })

    it('is not called for a token that has expired', async () => {
      let calls = 0
      const find = async (id: string) => ({ id, calls: calls++ })
      const at = await provider(express, { users: { find } })
      const { access_token } = await signIn(at, at.spa)
      calls = 0
      at.clock.step(3_600_000)
      expect((await me(at, access_token)).status).toBe(401)
      expect(calls).toBe(0)
    })
  })

  describe('the password grant', () => {
    const grants = ['password', 'refresh_token']

    async function withPasswords(options: Partial<Options> = {}) {
      const at = await provider(express, { grants, ...options })
      const client = await register(at.store, { grantTypes: grants, redirectUris: [] })
      const ask = (form: Parameters) => askForToken(at, client, { grant_type: 'password', ...form })
      return { at, client, ask }
    }

    it('security 2: is off by default', async () => {
      const at = await provider(express)
      const client = await register(at.store, { grantTypes: ['password'], redirectUris: [] })
      const form = { grant_type: 'password', username: 'ada', password: 'correct horse' }
      const answer = await askForToken(at, client, form)
      expect(refusal(answer)).toEqual({ status: 400, error: 'unsupported_grant_type' })
    })

    it('issues tokens to the user that users.authenticate returns', async () => {
      const { at, client, ask } = await withPasswords({
        users: {
          authenticate: async (username, password) =>
            username === 'ada' && password === 'correct horse' ? { id: 7 } : null,
        },
      })
      const tokens = tokensOf(await ask({ username: 'ada', password: 'correct horse' }))
      expect((await me(at, tokens.access_token)).body.user).toEqual({ id: '7' })
      tokensOf(await refresh(at, client, tokens.refresh_token))
      expect(refusal(await ask({ username: 'ada', password: 'wrong' }))).toEqual(invalidGrant)
    })

    it('issues tokens to a user of the store', async () => {
      const { at, ask } = await withPasswords()
      const { username, id } = await saveUser(at, 'correct horse')
      const tokens = tokensOf(await ask({ username, password: 'correct horse', scope: 'email' }))
      expect(tokens.scope).toBe('email')
      expect((await me(at, tokens.access_token)).body.user).toEqual({ id })
    })

    it('real clients 7: a wrong password and an unknown user get the same response', async () => {
      const { at, ask } = await withPasswords()
      const { username } = await saveUser(at, 'correct horse')
      const wrong = await ask({ username, password: 'wrong' })
      const unknown = await ask({ username: 'nobody', password: 'wrong' })
      expect(refusal(wrong)).toEqual(invalidGrant)
      expect([wrong.status, wrong.text]).toEqual([unknown.status, unknown.text])
    })

    it.each<[string, Parameters]>([
      ['no username', { password: 'x' }],
      ['no password', { username: 'x' }],
      ['an empty password', { username: 'x', password: '' }],
      ['an over-long username', { username: 'a'.repeat(256), password: 'x' }],
    ])('refuses a request with %s', async (_what, form) => {
      const { ask } = await withPasswords()
      expect(refusal(await ask(form))).toEqual({ status: 400, error: 'invalid_request' })
    })

    it('checks the scope before the password', async () => {
      const { ask } = await withPasswords()
      const answer = await ask({ username: 'nobody', password: 'wrong', scope: 'admin' })
      expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_scope' })
    })

    it('passwords replaces the verification', async () => {
      const passwords = {
        hash: async (password: string) => `plain:${password}`,
        verify: async (password: string, hash: string) => hash === `plain:${password}`,
      }
      const { at, ask } = await withPasswords({ passwords })
      const user = { id: randomUUID(), username: randomUUID(), passwordHash: 'plain:correct horse' }
      await putUser(at.store, user)
      tokensOf(await ask({ username: user.username, password: 'correct horse' }))
      const wrong = await ask({ username: user.username, password: 'wrong' })
      expect(refusal(wrong)).toEqual(invalidGrant)
    })
  })
})

async function saveUser({ store }: Provider, password: string) {
  const user = {
    id: randomUUID(),
    username: `user-${randomUUID()}`,
    passwordHash: await hashPassword(password),
  }
  await putUser(store, user)
  return user
}
