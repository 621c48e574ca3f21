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

describe.each(layers)('what the hooks are told on $version', ({ layer }) => {
  /** What each hook is told of a request, and what the client is told in the end. */
  async function asking(
    parameters: Parameters,
    answers: { user?: typeof user | null; consent?: true | null } = {},
    differences: Differences = {},
  ) {
    const seen: { authenticate?: AuthorizationRequest; consent?: ConsentRequest } = {}
    const { user: who = user, consent = true } = answers
    const decider: Hooks = {
      authenticate(_req, _res, asked) {
        seen.authenticate = asked
        return who
      },
      consent(_req, _res, asked) {
        seen.consent = asked
        return consent
      },
    }
    const at = await provider({ layer }, { decider, ...differences })
    const asked = authorizationRequest(at.web, parameters)
    return { at, seen, told: redirected(await authorize(at, asked.parameters)) }
  }

  it('both get the request as data', async () => {
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

  it('where the client wishes nothing they get that', async () => {
    const { seen } = await asking({})
    expect(seen.authenticate).toMatchObject({ prompt: [], maxAge: undefined, resources: [] })
  })

  it('prompt=none with nobody signed in is login_required', async () => {
    const { told } = await asking({ prompt: 'none', state: 'x' }, { user: null })
    expect(told).toMatchObject({ error: 'login_required', state: 'x' })
    expect(told).not.toHaveProperty('code')
  })

  it('prompt=none where the user must be asked is consent_required', async () => {
    const { told } = await asking({ prompt: 'none' }, { consent: null })
    expect(told).toMatchObject({ error: 'consent_required' })
  })

  it('prompt=none where nobody needs to be asked is a code', async () => {
    const { told } = await asking({ prompt: 'none' })
    expect(told).toHaveProperty('code')
  })

  it.each([{ prompt: 'none login' }, { max_age: '-1' }, { max_age: 'soon' }, { max_age: '1.5' }])(
    '%p is invalid_request once the user is signed in, and consent is not asked for',
    async (wrong) => {
      const { seen, told } = await asking(wrong)
      expect(told).toMatchObject({ error: 'invalid_request' })
      expect(seen.authenticate).toMatchObject({ scopes: [], resources: [], maxAge: undefined })
      expect(seen.authenticate?.prompt).not.toContain('none')
      expect(seen.consent).toBeUndefined()
    },
  )

  /** Consents to each of these scopes, and gives what `granted()` said each time. */
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
      async consent(_req, _res, asked) {
        granted.push((await asked.granted()).toSorted())
        return true
      },
    }
    const at = await provider({ layer }, { decider, ...differences })
    const who = await client(at)
    for (const [index, scope] of scopes.entries()) {
      const asked = authorizationRequest(who, { scope, ...parameters[index] })
      await authorize(at, asked.parameters)
      await between(at)
    }
    return granted
  }

  describe('granted()', () => {
    it('is what the user has let the client have before', async () => {
      expect(await remembered(['profile', 'email', 'email'])).toEqual([
        [],
        ['profile'],
        ['email', 'profile'],
      ])
    })

    it('real clients 7: is nothing where the client wants the user to be asked', async () => {
      const consent = { prompt: 'consent' }
      expect(await remembered(['profile', 'profile'], [{}, consent])).toEqual([[], []])
    })

    it('is nothing of what was revoked since', async () => {
      expect(await remembered(['profile', 'profile'], [], ofWeb, revokeAll)).toEqual([[], []])
    })

    it('is nothing of what the client got without asking the user', async () => {
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

    it('F17: is looked up in three pages at most, however many grants the user has', async () => {
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

    it('is nothing of a grant that has ended', async () => {
      const ending = { grantLifetime: 60 }
      const granted = await remembered(['profile', 'profile'], [], ofWeb, aMinute, ending)
      expect(granted).toEqual([[], []])
    })

    it('is nothing of what was granted for another resource', async () => {
      const resources = ['https://a.example', 'https://b.example']
      const parameters = resources.map((resource) => ({ resource }))
      const scopes = ['profile', 'profile', 'profile']
      const seen = await remembered(scopes, [...parameters, parameters[0]!], undefined, undefined, {
        resources,
      })
      expect(seen).toEqual([[], [], ['profile']])
    })

    it.each([
      ['http://127.0.0.1/cb', []],
      ['com.example.app:/cb', []],
      ['https://app.example/cb', ['profile']],
    ])('of a public client at %s is %j: others could pass for it', async (uri, expected) => {
      const spa = ({ store }: Provider) => register(store, { type: 'public', redirectUris: [uri] })
      expect(await remembered(['profile', 'profile'], [], spa)).toEqual([[], expected])
    })
  })
})
