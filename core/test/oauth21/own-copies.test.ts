import type { AuthorizationRequest, Hooks } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import { me, provider, register, signIn } from '../support/provider'

const resources = ['https://a.example', 'https://b.example']

/** Changes every part of a value that can be changed. */
function mutate(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const member of Object.values(value)) mutate(member)
  if (Array.isArray(value)) value.push('https://evil.example', 'admin')
  else if (value instanceof Date) value.setTime(0)
  else Object.assign(value, { id: 'evil', type: 'public', clientId: 'evil', userId: 'evil' })
}

describe.each(layers)('F25: a hook that modifies its request on $version', ({ layer }) => {
  it('does not affect the server, the other hook or other requests', async () => {
    const seen: AuthorizationRequest[] = []
    const note = ({ client, scopes, resources: of, prompt }: AuthorizationRequest) => {
      const authorization = { client, scopes, resources: of, prompt }
      seen.push(structuredClone(authorization) as AuthorizationRequest)
      mutate(authorization)
    }
    const decider: Hooks = {
      authenticate: (_req, _res, authorization) => {
        note(authorization)
        return { id: 'ada' }
      },
      consent: (_req, _res, authorization) => {
        note(authorization)
        return true
      },
    }
    const at = await provider({ layer }, { decider, resources })
    const client = await register(at.store, { scopes: ['profile'], metadata: { tags: ['a'] } })
    const tokens = [await signIn(at, client), await signIn(at, client)]
    expect(seen).toHaveLength(4)
    expect(new Set(seen.map((authorization) => JSON.stringify(authorization))).size).toBe(1)
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

describe.each(expresses)('F25: a function that modifies req.oauth on $version', ({ express }) => {
  it('does not affect other requests', async () => {
    const at = await provider(express, { resources })
    const { access_token } = await signIn(at, at.spa)
    const { access_token: other } = await signIn(at, at.spa)
    const app = express()
    const check = at.oauth.authorise({ resource: 'https://a.example' })
    app.get('/', check, (req, res) => {
      res.json({ user: req.user, oauth: req.oauth })
      mutate(req.user)
      mutate(req.oauth)
    })
    const ask = async (token: string) =>
      (await request(app).get('/').auth(token, { type: 'bearer' })).text
    const first = await ask(access_token)
    expect(JSON.parse(first)).toMatchObject({ oauth: { resource: resources } })
    expect(await ask(access_token)).toBe(first)
    expect(JSON.parse(await ask(other)).oauth.resource).toEqual(resources)
    const { oauth } = at
    expect(() => oauth.authorise({ resource: 'https://evil.example' })).toThrow(TypeError)
  })

  it('does not affect other tokens', async () => {
    const seen: string[] = []
    const at = await provider(express, {
      resources,
      generateToken: (_type, req) => {
        seen.push(JSON.stringify(req.oauth?.client))
        mutate(req.oauth)
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
