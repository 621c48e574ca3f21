import type { AuthorizationRequest, Hooks } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { me, provider, register, signIn } from '../support/provider'

const resources = ['https://a.example', 'https://b.example']

/** Changes everything that can be changed of a value. */
function vandalise(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const member of Object.values(value)) vandalise(member)
  if (Array.isArray(value)) value.push('https://evil.example', 'admin')
  else if (value instanceof Date) value.setTime(0)
  else Object.assign(value, { id: 'evil', type: 'public', clientId: 'evil', userId: 'evil' })
}

describe.each(layers)('F25: what a hook changes of its request on $version', ({ layer }) => {
  it('changes nothing for the server, the other hook, and other requests', async () => {
    const seen: AuthorizationRequest[] = []
    const note = ({ client, scopes, resources: of, prompt }: AuthorizationRequest) => {
      const asked = { client, scopes, resources: of, prompt }
      seen.push(structuredClone(asked) as AuthorizationRequest)
      vandalise(asked)
    }
    const decider: Hooks = {
      authenticate: (_req, _res, asked) => {
        note(asked)
        return { id: 'ada' }
      },
      consent: (_req, _res, asked) => {
        note(asked)
        return true
      },
    }
    const at = await provider({ layer }, { decider, resources })
    const client = await register(at.store, { scopes: ['profile'], metadata: { tags: ['a'] } })
    const tokens = [await signIn(at, client), await signIn(at, client)]
    expect(seen).toHaveLength(4)
    expect(new Set(seen.map((asked) => JSON.stringify(asked))).size).toBe(1)
    for (const { access_token, scope } of tokens) {
      expect(scope).toBe('profile')
      const { body } = await me(at, access_token)
      expect(body).toMatchObject({ resource: resources, scope: 'profile', user: { id: 'ada' } })
    }
    expect(await at.store.getClient(client.id)).toMatchObject({
      scopes: ['profile'],
      metadata: { tags: ['a'] },
    })
  })
})

describe.each(expresses)('F25: what a handler changes of req.oauth on $version', ({ express }) => {
  it('changes nothing for other requests', async () => {
    const at = await provider(express, { resources })
    const { access_token } = await signIn(at, at.spa)
    const { access_token: other } = await signIn(at, at.spa)
    const app = express()
    const check = at.oauth.authorise({ resource: 'https://a.example' })
    app.get('/', check, (req, res) => {
      res.json({ user: req.user, oauth: req.oauth })
      vandalise(req.user)
      vandalise(req.oauth)
    })
    const ask = async (token: string) =>
      (await request(app).get('/').auth(token, { type: 'bearer' })).text
    const first = await ask(access_token)
    expect(JSON.parse(first)).toMatchObject({ oauth: { resource: resources } })
    expect(await ask(access_token)).toBe(first)
    expect(JSON.parse(await ask(other)).oauth.resource).toEqual(resources)
    const evil = at.oauth
    expect(() => evil.authorise({ resource: 'https://evil.example' })).toThrow(TypeError)
  })

  it('of the client behind grant() changes no other token', async () => {
    const seen: string[] = []
    const at = await provider(express, {
      resources,
      generateToken: (_type, req) => {
        seen.push(JSON.stringify(req.oauth?.client))
        vandalise(req.oauth)
        return null
      },
    })
    for (let times = 0; times < 2; times++) {
      const answer = await request(at.app)
        .post('/oauth/token')
        .auth(at.web.id, at.web.secret!)
        .type('form')
        .send({ grant_type: 'client_credentials' })
      expect(answer.body).toMatchObject({ scope: 'profile email', expires_in: 3600 })
    }
    expect(seen[0]).toBe(seen[1])
  })
})
