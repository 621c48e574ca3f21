import type { RequestListener } from 'node:http'
import { type ToPromiseModelOptions, createClient, createUser } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import { fastify } from 'fastify'
import Koa from 'koa'
import request from 'supertest'
import { modelFor } from '../../../test/support/promise/app'
import { challenge, redirectUri, verifier } from '../../../test/support/promise/calls'
import { type AnyPromiseModel, newest } from '../../../test/support/promise/servers'
import { passwords } from '../support/quick-passwords'

type Middleware = (options?: object) => express.RequestHandler

/** The part of an Express wrapper that the tests use. */
type ExpressWrapper = new (options: object) => {
  token: Middleware
  authorize: Middleware
  authenticate: Middleware
}

/** Builds an app whose endpoints are /token, /authorize and /. */
type Build = (model: AnyPromiseModel, user: object) => RequestListener | Promise<RequestListener>

function onExpress(name: string): Build {
  return (model, user) => {
    const Wrapper = require(name) as ExpressWrapper
    const oauth = new Wrapper({ model })
    const app = express()
    app.use(express.urlencoded({ extended: false }))
    app.post('/token', oauth.token())
    app.get('/authorize', oauth.authorize({ authenticateHandler: { handle: () => user } }))
    app.get('/', oauth.authenticate(), (_req, res) => {
      res.json(res.locals['oauth'].token.user)
    })
    return app
  }
}

/** Calls the server itself, as an adapter for a framework does. */
function callerOf(model: AnyPromiseModel, user: object) {
  const { server: Server } = newest
  const oauth = new Server({ model })
  return async (
    name: 'token' | 'authorize' | 'authenticate',
    from: { method: string; headers: object; query: object; body: unknown },
  ): Promise<{ status: number; headers: Record<string, string>; body: object }> => {
    const { method, headers, query, body } = from
    const answer = new Server.Response({})
    const options = name === 'authorize' ? { authenticateHandler: { handle: () => user } } : {}
    try {
      const sent = new Server.Request({ method, headers, query, body: body ?? {} })
      const token = await oauth[name](sent, answer, options)
      const own = name === 'authenticate' ? (token as { user: object }).user : answer.body
      return { status: answer.status, headers: answer.headers, body: own }
    } catch (error) {
      const { code, name: error_ } = error as Error & { code: number }
      return { status: code, headers: answer.headers, body: { error: error_ } }
    }
  }
}

const onKoa: Build = (model, user) => {
  const call = callerOf(model, user)
  const app = new Koa()
  const names = { '/token': 'token', '/authorize': 'authorize', '/': 'authenticate' } as const
  app.use(async (context) => {
    const chunks: Buffer[] = []
    for await (const chunk of context.req) chunks.push(chunk as Buffer)
    const body = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
    const { method, headers, query } = context
    const name = names[context.path as keyof typeof names]
    const answer = await call(name, { method, headers, query, body })
    context.set(answer.headers)
    context.status = answer.status
    context.body = answer.body
  })
  return app.callback()
}

const onFastify: Build = async (model, user) => {
  const call = callerOf(model, user)
  const app = fastify()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, text: string | Buffer) =>
      Object.fromEntries(new URLSearchParams(text.toString())),
  )
  const names = { '/token': 'token', '/authorize': 'authorize', '/': 'authenticate' } as const
  for (const [url, name] of Object.entries(names)) {
    app.route({
      method: name === 'token' ? 'POST' : 'GET',
      url,
      handler: async ({ method, headers, query, body }, reply) => {
        const answer = await call(name, { method, headers, query: query as object, body })
        return reply.code(answer.status).headers(answer.headers).send(answer.body)
      },
    })
  }
  await app.ready()
  return (req, res) => app.routing(req, res)
}

const wrappers: { name: string; build: Build; scopeFormat: 'array' | 'string'; pkce: boolean }[] = [
  {
    name: 'express-oauth-server 2.0.0',
    build: onExpress('express-oauth-server2'),
    scopeFormat: 'string',
    pkce: false,
  },
  {
    name: '@node-oauth/express-oauth-server 3.0.1',
    build: onExpress('express-oauth-server3'),
    scopeFormat: 'string',
    pkce: true,
  },
  {
    name: '@node-oauth/express-oauth-server 4.2.0',
    build: onExpress('express-oauth-server4'),
    scopeFormat: 'array',
    pkce: true,
  },
  { name: `Koa on ${newest.name}`, build: onKoa, scopeFormat: 'array', pkce: true },
  { name: `Fastify on ${newest.name}`, build: onFastify, scopeFormat: 'array', pkce: true },
]

it.each(wrappers)('toPromiseModel(memoryStore()) works with $name', async (wrapper) => {
  const { build, scopeFormat, pkce } = wrapper
  const store = memoryStore()
  const { client, secret } = await createClient(store, {
    grantTypes: ['authorization_code', 'refresh_token', 'password', 'client_credentials'],
    redirectUris: [redirectUri],
    scopes: ['read'],
  })
  await createUser(store, { username: 'ada', password: 'a password' }, { passwords })
  const options: ToPromiseModelOptions = { passwords }
  const app = await build(modelFor({ scopeFormat }, store, options), { id: 'bob' })
  const credentials = { client_id: client.id, client_secret: secret }
  const grant = (form: object) =>
    request(app)
      .post('/token')
      .type('form')
      .send({ ...credentials, ...form })
  const present = (token: string) => request(app).get('/').auth(token, { type: 'bearer' })

  const query = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    state: 's',
    scope: 'read',
    ...(pkce && { code_challenge: challenge, code_challenge_method: 'S256' }),
  }
  const { headers } = await request(app).get('/authorize').query(query)
  const form = {
    grant_type: 'authorization_code',
    code: new URL(headers['location']!).searchParams.get('code'),
    redirect_uri: redirectUri,
    ...(pkce && { code_verifier: verifier }),
  }
  const first = await grant(form)
  expect(first.body).toMatchObject({ token_type: 'Bearer', scope: 'read' })
  expect((await present(first.body.access_token)).body).toEqual({ id: 'bob' })
  const { refresh_token } = first.body
  const second = await grant({ grant_type: 'refresh_token', refresh_token })
  expect(second.status).toBe(200)
  expect((await grant({ grant_type: 'refresh_token', refresh_token })).status).toBe(400)
  expect((await present(second.body.access_token)).status).toBe(401)

  const own = await grant({ grant_type: 'client_credentials' })
  expect((await present(own.body.access_token)).body).toEqual({ id: null })
  const password = { grant_type: 'password', username: 'ada', password: 'a password' }
  expect((await grant(password)).status).toBe(200)
  expect((await grant({ ...password, client_secret: 'wrong' })).body.error).toBe('invalid_client')
  store.find = () => Promise.reject(new Error('down'))
  expect((await present(own.body.access_token)).status).toBe(503)
})

/** A store's ways to fail, and what the client must not learn about each. */
const failures: [string, () => Promise<never>, RegExp][] = [
  ['rejects', () => Promise.reject(new Error('host db.internal')), /db\.internal/],
  ['rejects with an error of this library', () => Promise.reject(locked()), /secret\.json/],
  ['never answers', () => new Promise(() => {}), /getClient|find/],
]

function locked(): Error {
  return Object.assign(new Error('/srv/secret.json is locked'), { code: 'OAUTH2_KIT_LOCKED' })
}

describe.each(wrappers)('with $name, each endpoint answers 503 if the store', (wrapper) => {
  it.each(failures)('%s', async (_what, fault, detail) => {
    const store = memoryStore()
    const { client, secret } = await createClient(store, {
      grantTypes: ['authorization_code', 'client_credentials'],
      redirectUris: [redirectUri],
    })
    const options: ToPromiseModelOptions = { passwords, storeTimeout: 20 }
    const app = await wrapper.build(modelFor(wrapper, store, options), { id: 'bob' })
    Object.assign(store, { getClient: fault, find: fault })
    const credentials = { client_id: client.id, client_secret: secret }
    const query = { response_type: 'code', client_id: client.id, state: 's' }
    const answers = await Promise.all([
      request(app).get('/authorize').query(query),
      request(app)
        .post('/token')
        .type('form')
        .send({ ...credentials, grant_type: 'client_credentials' }),
      request(app).get('/').auth('a-token', { type: 'bearer' }),
    ])
    for (const { status, body, text } of answers) {
      expect([status, body.error]).toEqual([503, 'server_error'])
      expect(text).not.toMatch(detail)
      expect(text).not.toMatch(/ at .*:\d+:\d+/)
    }
  })
})
