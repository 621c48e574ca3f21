import type { ServerResponse } from 'node:http'
import type { Hooks } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  type Provider,
  authorizationRequest,
  authorize,
  issuer,
  provider,
  redirected,
  refusal,
  register,
} from '../support/provider'

const user = { id: 'ada' }
const invalidRequest = { status: 400, error: 'invalid_request' }

/** What is wrong with a request, the parameters that differ, and the error code. */
const wrong: [string, string, string][] = [
  ['an unknown scope', 'scope=bogus', 'invalid_scope'],
  ['a malformed scope', 'scope=%22', 'invalid_scope'],
  ['scope twice', 'scope=profile&scope=email', 'invalid_request'],
  ['scope twice with one value', 'scope=profile&scope=profile', 'invalid_request'],
  ['state twice', 'state=a&state=b', 'invalid_request'],
  ['state with NUL', 'state=a%00', 'invalid_request'],
  ['an over-long state', `state=${'x'.repeat(9000)}`, 'invalid_request'],
  ['state with a malformed percent-encoding', 'state=%zz', 'invalid_request'],
  ['prompt twice', 'prompt=login&prompt=consent', 'invalid_request'],
  ['prompt twice, one of them none', 'prompt=none&prompt=login', 'invalid_request'],
  ['prompt none with another', 'prompt=none login', 'invalid_request'],
  ['max_age twice', 'max_age=1&max_age=2', 'invalid_request'],
  ['max_age that is not a number', 'max_age=soon', 'invalid_request'],
  ['code_challenge twice', 'code_challenge=a&code_challenge=b', 'invalid_request'],
  ['a malformed code_challenge', 'code_challenge=short', 'invalid_request'],
  ['no code_challenge', 'code_challenge=', 'invalid_request'],
  ['another code_challenge_method', 'code_challenge_method=plain', 'invalid_request'],
  [
    'code_challenge_method twice',
    'code_challenge_method=S256&code_challenge_method=S256',
    'invalid_request',
  ],
  ['an unknown resource', 'resource=https://evil.example', 'invalid_target'],
  ['a resource with NUL', 'resource=%00', 'invalid_request'],
  ['response_type twice', 'response_type=code&response_type=code', 'invalid_request'],
  ['no response_type', 'response_type=', 'invalid_request'],
  ['another response_type', 'response_type=token', 'unsupported_response_type'],
  ['an unknown parameter that does not decode', 'x=%E4', 'invalid_request'],
]

/** The path of a valid request whose parameters are replaced by those of `query`. */
function pathOf({ web }: Provider, query: string, more: Record<string, string> = {}): string {
  const { parameters } = authorizationRequest(web, { state: 's', ...more })
  const names = query.split('&').map((pair) => pair.split('=')[0])
  const rest = Object.entries(parameters).filter(([name]) => !names.includes(name))
  const good = new URLSearchParams(rest as [string, string][])
  return `/oauth/authorize?${good.toString()}&${query.replaceAll(' ', '%20')}`
}

const resources = ['https://api.example']

describe.each(layers)('F12 and F24: a malformed request on $version', ({ layer }) => {
  async function asking(query: string, who: typeof user | null, more = {}) {
    const seen: string[] = []
    const decider: Hooks = {
      authenticate: (_req, res: object, authorization) => {
        seen.push(`authenticate ${authorization.client.id}`)
        // The sign-in page. A web-standard server has no response here, and responds with 500.
        if (!who && 'end' in res) (res as ServerResponse).end('Who are you?')
        return who
      },
      consent: () => {
        seen.push('consent')
        return true
      },
    }
    const at = await provider({ layer }, { decider, resources })
    const answer = await request(at.app).get(pathOf(at, query, more))
    return { at, seen, answer }
  }

  it.each(wrong)('with %s redirects if the user is signed in', async (_what, query, error) => {
    const { at, seen, answer } = await asking(query, user)
    const sent = redirected(answer)
    expect(sent).toMatchObject({ error, iss: issuer })
    expect(sent).not.toHaveProperty('code')
    expect(answer.headers['location']).toMatch(at.web.redirectUri)
    expect(seen).toEqual([`authenticate ${at.web.id}`])
    // RFC 6749 4.1.2.1: the state that was sent, if any.
    expect(sent['state']).toBe(query.startsWith('state') ? undefined : 's')
  })

  it.each(wrong.slice(0, 3))('with %s does not redirect before sign-in', async (_what, query) => {
    const { seen, answer, at } = await asking(query, null)
    expect([302, 303]).not.toContain(answer.status)
    expect(seen).toEqual([`authenticate ${at.web.id}`])
  })

  it('with prompt=none redirects even if the user is not signed in', async () => {
    const { seen, answer } = await asking('scope=bogus', null, { prompt: 'none' })
    expect(redirected(answer)).toMatchObject({ error: 'invalid_scope', state: 's' })
    expect(seen).toEqual([])
  })

  it.each(['client_id', 'redirect_uri'])(
    'with %s twice, or undecodable, does not redirect',
    async (name) => {
      for (const query of [`${name}=a&${name}=a`, `${name}=%zz`, `${name}=%00`, `${name}=a%`]) {
        const { seen, answer } = await asking(query, user)
        expect([refusal(answer), seen]).toEqual([invalidRequest, []])
      }
    },
  )

  it('of a client that may not use codes redirects if the user is signed in', async () => {
    const seen: string[] = []
    const decider: Hooks = {
      authenticate: () => {
        seen.push('authenticate')
        return user
      },
      consent: () => true,
    }
    const at = await provider({ layer }, { decider })
    const client = await register(at.store, {
      grantTypes: ['client_credentials'],
      redirectUris: ['https://client.example/cb'],
    })
    const answer = await authorize(at, authorizationRequest(client).parameters)
    expect(redirected(answer)).toMatchObject({ error: 'unauthorized_client' })
    expect(seen).toEqual(['authenticate'])
  })

  it('shows the error without a redirect if the hook fails', async () => {
    const decider: Hooks = {
      authenticate: () => {
        throw new Error('The sessions are away')
      },
      consent: () => true,
    }
    const at = await provider({ layer }, { decider })
    const answer = await request(at.app).get(pathOf(at, 'scope=bogus'))
    expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
  })
})

describe.each(expresses)(
  'F12: a malformed request with check(req, next) on $version',
  ({ express }) => {
    it.each(wrong)('with %s shows the error without a check', async (_what, query, error) => {
      const decider = jest.fn()
      const at = await provider(express, { decider, resources })
      const answer = await request(at.app).get(pathOf(at, query))
      expect(refusal(answer)).toEqual({ status: 400, error })
      expect(decider).not.toHaveBeenCalled()
    })

    it('with prompt=none redirects immediately', async () => {
      const decider = jest.fn()
      const at = await provider(express, { decider })
      const answer = await request(at.app).get(pathOf(at, 'scope=bogus', { prompt: 'none' }))
      expect(redirected(answer)).toMatchObject({ error: 'invalid_scope' })
    })
  },
)

describe.each(layers)('F32: parameters after a thousand others, on $version', ({ layer }) => {
  const padding = Array.from({ length: 1200 }, (_, at) => `p${at}=`).join('&')

  it('are seen in the query', async () => {
    const at = await provider(
      { layer },
      { decider: { authenticate: () => user, consent: () => true } },
    )
    const twice = await request(at.app).get(`${pathOf(at, 'scope=email')}&${padding}&scope=profile`)
    expect(redirected(twice)).toMatchObject({ error: 'invalid_request' })
    const last = await request(at.app).get(
      `/oauth/authorize?${padding}&${pathOf(at, 'x=1').split('?')[1]}`,
    )
    expect(redirected(last)).toHaveProperty('code')
    const client = await request(at.app).get(
      `${pathOf(at, 'x=1')}&${padding}&client_id=${at.web.id}`,
    )
    expect(refusal(client)).toEqual(invalidRequest)
  })

  it.each([999, 1000, 1001, 3000])('are seen after %i bare separators', async (count) => {
    const at = await provider(
      { layer },
      { decider: { authenticate: () => user, consent: () => true } },
    )
    const answer = await request(at.app).get(
      `${pathOf(at, 'scope=email')}${'&'.repeat(count)}&scope=profile`,
    )
    expect(redirected(answer)).toMatchObject({ error: 'invalid_request' })
  })

  it('are seen in a form', async () => {
    const at = await provider({ layer })
    const post = (form: string) =>
      request(at.app).post('/oauth/token').auth(at.web.id, at.web.secret!).type('form').send(form)
    const form = 'grant_type=client_credentials'
    expect(refusal(await post(`${form}&${padding}&grant_type=password`))).toEqual(invalidRequest)
    expect((await post(`${padding}&${form}`)).status).toBe(200)
  })
})

describe.each(expresses)('F32: a parsed body on $version', ({ express }) => {
  it.each([999, 1000, 1500])(
    'with %i more parameters may be incomplete, and is refused',
    async (count) => {
      const body = Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, '']))
      const at = await provider(express, {
        before: [
          (req, _res, next) => {
            req.body = { grant_type: 'client_credentials', ...body }
            next()
          },
        ],
      })
      const answer = await request(at.app)
        .post('/oauth/token')
        .auth(at.web.id, at.web.secret!)
        .type('form')
        .send('')
      expect(refusal(answer)).toEqual(invalidRequest)
    },
  )
})
