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
  // The password grant warns; options.test.ts is about that.
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => jest.restoreAllMocks())

describe.each(expresses)('users on $version', ({ express }) => {
  describe('users.find', () => {
    it('gives req.user, by the id that the grant has', async () => {
      const asked: string[] = []
      const at = await provider(express, {
        users: {
          async find(id) {
            asked.push(id)
            return { id, name: 'Ada' }
          },
        },
      })
      const { access_token } = await signIn(at, at.spa)
      expect((await me(at, access_token)).body.user).toEqual({ id: at.user.id, name: 'Ada' })
      // The exchange of the code and the call.
      expect(asked).toEqual([at.user.id, at.user.id])
    })

    it.each([null, undefined])(
      'that gives %p for a user that is gone ends the token',
      async (gone) => {
        let isGone = false
        const find = async (id: string) => (isGone ? gone : { id })
        const at = await provider(express, { users: { find } })
        const { access_token } = await signIn(at, at.spa)
        isGone = true
        const answer = await me(at, access_token)
        expect(refusal(answer)).toEqual({ status: 401, error: 'invalid_token' })
      },
    )

    it('F27: a user who is gone gets nothing for a code or refresh token, and the grant ends', async () => {
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

    it('F27: a client whose user is gone gets no token of its own', async () => {
      const at = await provider(express, { users: { find: async () => null } })
      const given = { grantTypes: ['client_credentials'], redirectUris: [], userId: 'robot' }
      const client = await register(at.store, given)
      const answer = await askForToken(at, client, { grant_type: 'client_credentials' })
      expect(refusal(answer)).toEqual(invalidGrant)
    })

    it('is not asked about a client that acts for itself', async () => {
      const at = await provider(express, {
        users: { find: () => Promise.reject(new Error('Nobody to find')) },
      })
      const own = tokensOf(await askForToken(at, at.web, { grant_type: 'client_credentials' }))
      expect((await me(at, own.access_token)).status).toBe(200)
    })

    it('is not asked about a token that has expired or lacks the scope', async () => {
      let asked = 0
      const find = async (id: string) => ({ id, asked: asked++ })
      const at = await provider(express, { users: { find } })
      const { access_token } = await signIn(at, at.spa)
      asked = 0
      at.clock.step(3_600_000)
      expect((await me(at, access_token)).status).toBe(401)
      expect(asked).toBe(0)
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

    it('security 2: is off unless it is asked for', async () => {
      const at = await provider(express)
      const client = await register(at.store, { grantTypes: ['password'], redirectUris: [] })
      const form = { grant_type: 'password', username: 'ada', password: 'correct horse' }
      const answer = await askForToken(at, client, form)
      expect(refusal(answer)).toEqual({ status: 400, error: 'unsupported_grant_type' })
    })

    it('gives tokens to the user that users.authenticate gives', async () => {
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

    it("gives tokens to a user of the store's own", async () => {
      const { at, ask } = await withPasswords()
      const { username, id } = await saveUser(at, 'correct horse')
      const tokens = tokensOf(await ask({ username, password: 'correct horse', scope: 'email' }))
      expect(tokens.scope).toBe('email')
      expect((await me(at, tokens.access_token)).body.user).toEqual({ id })
    })

    it('real clients 7: tells a wrong password and an unknown user in the same words', async () => {
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

    it('passwords replaces how they are verified', async () => {
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
