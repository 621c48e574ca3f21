import { type RequestListener, createServer } from 'node:http'
import oauthserver, { type StoreOptions, type RouterOptions } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import type { ErrorRequestHandler } from 'express'
import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  about,
  askForToken,
  authorizationRequest,
  issuer,
  me,
  provider,
  refresh,
  refusal,
  signIn,
  tokensOf,
} from '../support/provider'
import { putClient } from '../support/records'

const hooks = { authenticate: () => null, consent: () => null }

function server(options: Partial<StoreOptions> = {}) {
  return oauthserver({ store: memoryStore(), issuer, ...options })
}

describe.each(layers)('all endpoints at once on $version', ({ layer }) => {
  it('a user signs in, and the client refreshes', async () => {
    const at = await provider({ layer })
    const { access_token, refresh_token } = await signIn(at, at.spa, { scope: 'profile' })
    const { body } = await me(at, access_token)
    expect(body).toMatchObject({ user: at.user, scope: 'profile' })
    expect(body.grant).toMatchObject({ clientId: at.spa.id, userId: at.user.id })
    tokensOf(await refresh(at, at.spa, refresh_token))
  })

  it('any other path is a 404, and paths are not normalised', async () => {
    const at = await provider({ layer })
    for (const path of [
      '/',
      '/oauth',
      '/oauth/token/',
      '/OAUTH/token',
      '/oauth//token',
      '/x/oauth/token',
    ]) {
      expect((await request(at.app).post(path)).status).toBe(404)
    }
  })

  it('an authorization request may be posted as a form', async () => {
    const at = await provider({ layer })
    const { parameters } = authorizationRequest(at.web)
    const answer = await request(at.app).post('/oauth/authorize').type('form').send(parameters)
    expect(answer.status).toBe(303)
    expect(answer.headers['location']).toContain('code=')
  })

  it('the hooks receive the fields of a form', async () => {
    let form: unknown
    const decider = {
      authenticate: () => ({ id: 'ada' }),
      consent(_req: unknown, _res: unknown, authorization: { form: unknown }) {
        form = authorization.form
        return true
      },
    }
    const at = await provider({ layer }, { decider })
    const { parameters } = authorizationRequest(at.web)
    await request(at.app)
      .post('/oauth/authorize')
      .query(parameters)
      .type('form')
      .send('decision=allow&granted=a&granted=b')
    expect(form).toEqual({ decision: 'allow', granted: ['a', 'b'] })
  })

  it('an extension grant receives the form too', async () => {
    const seen: unknown[] = []
    const at = await provider(
      { layer },
      {
        grants: ['urn:example:ticket'],
        extendedGrant(grantType, _req, form) {
          seen.push(grantType, form)
          return { id: 'ada' }
        },
      },
    )
    const client = { ...at.post, grantTypes: ['urn:example:ticket'] }
    const { redirectUri: _, secret, ...kept } = client
    await putClient(at.store, kept)
    const form = {
      grant_type: 'urn:example:ticket',
      client_id: client.id,
      client_secret: secret!,
      ticket: 'a ticket',
    }
    const answer = await request(at.app).post('/oauth/token').type('form').send(form)
    expect(answer.status).toBe(200)
    expect(seen).toEqual(['urn:example:ticket', form])
  })

  it('security 24: a body that is too large gets a 400 response', async () => {
    const at = await provider({ layer })
    const listening = createServer(at.app as RequestListener).listen(0)
    const large = request(listening).post('/oauth/token').type('form')
    const answer = await large.send(`grant_type=${'x'.repeat(200_000)}`)
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
    listening.close()
  })
})

describe.each(expresses)('router() on $version', ({ express }) => {
  it('passes on other requests, and works mounted below a path', async () => {
    const app = express()
    const oauth = server({ issuer: `${issuer}/tenant` })
    app.use('/tenant', oauth.router({ ...hooks, prefix: '' }))
    app.use((req, res) => {
      res.send(`another ${req.path}`)
    })
    expect((await request(app).post('/tenant/token')).body).toMatchObject({
      error: 'invalid_request',
    })
    expect((await request(app).get('/tenant/other')).text).toBe('another /tenant/other')
  })

  it('works for several tenants in one app, each with its own clients', async () => {
    const tenants = [
      await provider(express, { issuer: `${issuer}/a` }),
      await provider(express, { issuer: `${issuer}/b` }),
    ]
    const app = express()
    for (const { oauth, user } of tenants) {
      app.use(oauth.router({ authenticate: () => user, consent: () => true }))
    }
    for (const [index, name] of ['a', 'b'].entries()) {
      const { body } = await request(app).get(`/.well-known/oauth-authorization-server/${name}`)
      expect(body.issuer).toBe(`${issuer}/${name}`)
      const { web } = tenants[index]!
      const form = { grant_type: 'client_credentials' }
      for (const where of ['a', 'b']) {
        const pending = request(app).post(`/${where}/oauth/token`).auth(web.id, web.secret!)
        const { status } = await pending.type('form').send(form)
        expect(status).toBe(where === name ? 200 : 401)
      }
    }
  })

  it('stays open in an app that is locked down', async () => {
    const at = await provider(express)
    const app = express()
    at.oauth.lockdown(app)
    app.use(at.oauth.router(hooks))
    app.get('/locked', (_req, res) => {
      res.send('open')
    })
    expect((await request(app).get('/locked')).status).toBe(401)
    const pending = request(app).post('/oauth/token').auth(at.web.id, at.web.secret!).type('form')
    tokensOf(await pending.send({ grant_type: 'client_credentials' }))
  })

  it('passes errors on if passthroughErrors is set', async () => {
    const app = express()
    app.use(server({ passthroughErrors: true }).router(hooks))
    app.use(((error, _req, res, _next) => {
      res.status(418).send(error.error)
    }) satisfies ErrorRequestHandler)
    const answer = await request(app).post('/oauth/token')
    expect([answer.status, answer.text]).toEqual([418, 'invalid_request'])
  })
})

describe('the options of router(), listener() and fetch()', () => {
  it.each<[object, RegExp]>([
    [{ prefix: 'oauth' }, /"prefix" must be a path/],
    [{ prefix: '/oauth/' }, /"prefix" must be a path/],
    [{ prefix: '/a?b' }, /"prefix" must be a path/],
    [{ prefix: 7 }, /"prefix" must be a path/],
    [{ scopes: 'profile' }, /"scopes" must be an array/],
    [{ scopes: ['a b'] }, /"scopes" must be an array/],
    [{ endpoints: ['tokens'] }, /"endpoints" must be an array of authorize, par, token/],
    [{ authenticate: undefined }, /"authenticate" must be a function/],
    [{ prefix: undefined }, /"prefix" must be a path/],
    [{ cors: 'https://app.example' }, /"cors" must be true, an array of origins/],
    [{ cors: ['https://app.example/'] }, /without a path, a slash at the end or wildcards/],
    [{ cors: ['*'] }, /"cors" must be true, an array of origins/],
    [{ cors: ['https://*.example.com'] }, /wildcards, or a function/],
    [{ path: '/oauth' }, /^Unknown option "path" of (?:router|fetch)\(\)/],
  ])('%j is a TypeError that explains the option', async (wrong, message) => {
    const options = { ...hooks, ...wrong } as RouterOptions
    const oauth = server()
    expect(() => oauth.router(options)).toThrow(message)
    expect(() => oauth.listener(options)).toThrow(TypeError)
    const pending = oauth.fetch(new Request(issuer), options as never)
    await expect(pending).rejects.toThrow(message)
  })

  it('authorization codes need both pages', () => {
    expect(() => server().router()).toThrow(/"authenticate" and "consent" are missing: pass both/)
  })

  it('a server without an issuer has no metadata and no router', () => {
    const oauth = server({ issuer: undefined, grants: ['client_credentials'] })
    for (const make of [() => oauth.router(), () => oauth.metadata()]) {
      expect(make).toThrow(/"issuer" is missing: set it to the public URL/)
    }
  })

  it("profile 'v2' with a store has all endpoints, with the errors of 2.4", async () => {
    const at = await provider(
      { layer: (oauth, options) => oauth.listener(options) },
      { profile: 'v2', grants: ['authorization_code', 'refresh_token', 'client_credentials'] },
    )
    const form = { grant_type: 'client_credentials' }
    const { access_token } = tokensOf(await askForToken(at, at.web, form))
    expect((await about('introspect', at, at.web, access_token)).body).toMatchObject({
      active: true,
      token_type: 'bearer',
    })
    expect((await about('revoke', at, at.web, access_token)).status).toBe(200)
    const { body } = await about('introspect', at, at.web, access_token)
    expect(body).toEqual({ active: false })
    const wrong = await about('revoke', at, { ...at.web, secret: 'wrong' }, access_token)
    expect([wrong.status, wrong.body]).toMatchObject([400, { code: 400, error: 'invalid_client' }])
    const metadata = await request(at.app).get('/.well-known/oauth-authorization-server')
    expect(metadata.body).not.toHaveProperty('code_challenge_methods_supported')
    expect(metadata.body).not.toHaveProperty('authorization_response_iss_parameter_supported')
  })

  it('a 2.4 model has no revocation and no introspection endpoint', async () => {
    const oauth = oauthserver({ model: {}, issuer, grants: ['password'] })
    for (const make of [() => oauth.revoke(), () => oauth.introspect()]) {
      expect(make).toThrow(/needs a store, but "model" is a 2.4 model/)
    }
    const app = oauth.listener()
    const { body } = await request(app).get('/.well-known/oauth-authorization-server')
    expect(body).toMatchObject({
      token_endpoint: `${issuer}/oauth/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    })
    expect(body).not.toHaveProperty('revocation_endpoint')
    const error = await request(app).post('/oauth/token')
    expect([error.status, error.body]).toMatchObject([400, { code: 400, error: 'invalid_request' }])
  })
})

describe('listener()', () => {
  it('sends a 404 for an unknown path, or calls next if it is passed', async () => {
    const listener = server().listener(hooks)
    expect((await request(listener).get('/')).status).toBe(404)
    const app: RequestListener = (req, res) => listener(req, res, () => res.end('mine'))
    expect((await request(app).get('/')).text).toBe('mine')
  })

  it('sends errors itself if there is no next, even with passthroughErrors', async () => {
    const listener = server({ passthroughErrors: true }).listener(hooks)
    const answer = await request(listener).post('/oauth/token')
    expect(refusal(answer)).toEqual({ status: 400, error: 'invalid_request' })
  })
})
