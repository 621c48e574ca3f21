import type { AuthorizationRequest, ConsentRequest, Hooks } from '@oauth2-kit/core'
import { layers } from '../support/layers'
import {
  type Differences,
  type Parameters,
  type Provider,
  type TestClient,
  askForToken,
  authorizationRequest,
  authorize,
  provider,
  redirected,
  register,
  tokensOf,
} from '../support/provider'

const user = { id: 'ada' }

const ofWeb = ({ web }: Provider) => web
const aMinute = ({ clock }: Provider) => clock.step(60_000)
const revokeAll = ({ oauth, web }: Provider) =>
  oauth.revokeGrants({ userId: user.id, clientId: web.id })

describe.each(layers)('the requests that hooks receive on $version', ({ layer }) => {
  /** Returns the request that each hook receives, and the redirect that the client gets. */
  async function asking(
    parameters: Parameters,
    answers: { user?: typeof user | null; consent?: true | null } = {},
    differences: Differences = {},
  ) {
    const seen: { authenticate?: AuthorizationRequest; consent?: ConsentRequest } = {}
    const { user: who = user, consent = true } = answers
    const decider: Hooks = {
      authenticate(_req, _res, authorization) {
        seen.authenticate = authorization
        return who
      },
      consent(_req, _res, authorization) {
        seen.consent = authorization
        return consent
      },
    }
    const at = await provider({ layer }, { decider, ...differences })
    const authorization = authorizationRequest(at.web, parameters)
    return { at, seen, sent: redirected(await authorize(at, authorization.parameters)) }
  }

  it('both hooks receive the parsed request', async () => {
    const resources = ['https://api.example']
    const { at, seen } = await asking(
      { scope: 'email', state: 'a state', prompt: 'login consent', max_age: '60' },
      {},
      { resources },
    )
    const request = {
      client: { id: at.web.id },
      scopes: ['email'],
      resources,
      redirectUri: at.web.redirectUri,
      state: 'a state',
      prompt: ['login', 'consent'],
      maxAge: 60,
    }
    expect(seen.authenticate).toMatchObject(request)
    expect(seen.consent).toMatchObject({ ...request, user })
    expect(seen.consent?.client).not.toHaveProperty('secretHash')
  })

  it('parameters that were omitted are empty or undefined', async () => {
    const { seen } = await asking({})
    expect(seen.authenticate).toMatchObject({ prompt: [], maxAge: undefined, resources: [] })
  })

  it('prompt=none is login_required if no user is signed in', async () => {
    const { sent } = await asking({ prompt: 'none', state: 'x' }, { user: null })
    expect(sent).toMatchObject({ error: 'login_required', state: 'x' })
    expect(sent).not.toHaveProperty('code')
  })

  it('prompt=none is consent_required if the user must be asked', async () => {
    const { sent } = await asking({ prompt: 'none' }, { consent: null })
    expect(sent).toMatchObject({ error: 'consent_required' })
  })

  it('prompt=none returns a code if the user need not be asked', async () => {
    const { sent } = await asking({ prompt: 'none' })
    expect(sent).toHaveProperty('code')
  })

  it.each([{ prompt: 'none login' }, { max_age: '-1' }, { max_age: 'soon' }, { max_age: '1.5' }])(
    '%p is invalid_request if the user is signed in, and consent is not called',
    async (wrong) => {
      const { seen, sent } = await asking(wrong)
      expect(sent).toMatchObject({ error: 'invalid_request' })
      expect(seen.authenticate).toMatchObject({ scopes: [], resources: [], maxAge: undefined })
      expect(seen.authenticate?.prompt).not.toContain('none')
      expect(seen.consent).toBeUndefined()
    },
  )

  /** Consents to each of these scopes, and returns the result of `granted()` each time. */
  async function remembered(
    scopes: string[],
    parameters: Parameters[] = [],
    client: (at: Provider) => Promise<Provider['web']> | Provider['web'] = ({ web }) => web,
    between: (at: Provider) => unknown = () => {},
    differences: Differences = {},
  ): Promise<string[][]> {
    const granted: string[][] = []
    const decider: Hooks = {
      authenticate: () => user,
      async consent(_req, _res, authorization) {
        granted.push((await authorization.granted()).toSorted())
        return true
      },
    }
    const at = await provider({ layer }, { decider, ...differences })
    const who = await client(at)
    for (const [index, scope] of scopes.entries()) {
      const authorization = authorizationRequest(who, { scope, ...parameters[index] })
      await authorize(at, authorization.parameters)
      await between(at)
    }
    return granted
  }

  describe('granted()', () => {
    it('returns the scopes that the user has granted to the client before', async () => {
      expect(await remembered(['profile', 'email', 'email'])).toEqual([
        [],
        ['profile'],
        ['email', 'profile'],
      ])
    })

    it('real clients 7: returns nothing for prompt=consent', async () => {
      const consent = { prompt: 'consent' }
      expect(await remembered(['profile', 'profile'], [{}, consent])).toEqual([[], []])
    })

    it('ignores revoked grants', async () => {
      expect(await remembered(['profile', 'profile'], [], ofWeb, revokeAll)).toEqual([[], []])
    })

    it('ignores grants that the client got without asking the user', async () => {
      jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const grants = ['authorization_code', 'password']
      const users = { authenticate: async () => user }
      let client!: TestClient
      const withPassword = async ({ store }: Provider) =>
        (client = await register(store, { grantTypes: grants }))
      const ask = async (at: Provider) => {
        await at.oauth.revokeGrants({ clientId: client.id })
        const form = { grant_type: 'password', username: 'ada', password: 'x' }
        tokensOf(await askForToken(at, client, form))
      }
      const differences = { grants, users }
      const granted = await remembered(['profile', 'profile'], [], withPassword, ask, differences)
      expect(granted).toEqual([[], []])
      jest.restoreAllMocks()
    })

    it('F17: reads at most three pages of grants', async () => {
      const pages: unknown[] = []
      const manyGrants = async ({ store, web }: Provider) => {
        const { listGrants } = store
        store.listGrants = (selector, page) => {
          pages.push([selector, page.limit])
          return listGrants(selector, page)
        }
        await Promise.all(
          Array.from({ length: 1000 }, (_, n) => {
            const id = `grant-${n}`
            const grant = {
              id,
              clientId: web.id,
              userId: user.id,
              createdAt: 0,
              data: '{"scope":""}',
            }
            const code = {
              hash: id,
              kind: 'code' as const,
              createdAt: 0,
              expiresAt: null,
              data: '{}',
            }
            return store.issue(grant, [code], {})
          }),
        )
        return web
      }
      expect(await remembered(['profile'], [], manyGrants)).toEqual([[]])
      expect(pages).toHaveLength(3)
      for (const page of pages) {
        expect(page).toEqual([{ userId: user.id, clientId: expect.any(String) }, 100])
      }
    })

    it('ignores expired grants', async () => {
      const ending = { grantLifetime: 60 }
      const granted = await remembered(['profile', 'profile'], [], ofWeb, aMinute, ending)
      expect(granted).toEqual([[], []])
    })

    it('ignores grants for another resource', async () => {
      const resources = ['https://a.example', 'https://b.example']
      const parameters = resources.map((resource) => ({ resource }))
      const scopes = ['profile', 'profile', 'profile']
      const seen = await remembered(scopes, [...parameters, parameters[0]!], undefined, undefined, {
        resources,
      })
      expect(seen).toEqual([[], [], ['profile']])
    })

    // Other applications can impersonate a public client whose redirect URI is not https.
    it.each([
      ['http://127.0.0.1/cb', []],
      ['com.example.app:/cb', []],
      ['https://app.example/cb', ['profile']],
    ])('for a public client at %s returns %j', async (uri, expected) => {
      const spa = ({ store }: Provider) => register(store, { type: 'public', redirectUris: [uri] })
      expect(await remembered(['profile', 'profile'], [], spa)).toEqual([[], expected])
    })
  })
})
