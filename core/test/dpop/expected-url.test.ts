import { once } from 'node:events'
import { type OutgoingMessage, type RequestListener, createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import oauthserver, { createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { ProofKey, boundTokens, meUrl } from '../support/dpop'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  type Differences,
  type Provider,
  askForToken,
  issuer,
  provider,
  refusal,
} from '../support/provider'

const invalidProof = { status: 401, error: 'invalid_dpop_proof' }

async function withToken(on: Parameters<typeof provider>[0], differences: Differences = {}) {
  const at = await provider(on, differences)
  const key = await ProofKey.make(at)
  return { at, key, token: await ownToken(at, key) }
}

async function ownToken(at: Provider, key: ProofKey): Promise<string> {
  const ask = askForToken(at, at.web, { grant_type: 'client_credentials' })
  return boundTokens(await ask.set('DPoP', await key.proof())).access_token
}

describe.each(layers)('the URL that a proof must be for on $version', ({ layer }) => {
  it('does not depend on the headers that a client can set', async () => {
    const { at, key, token } = await withToken({ layer })
    const stolen = await key.proof({ method: 'GET', url: 'https://evil.example/api/me', token })
    const forged = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' }
    const answer = await request(at.app)
      .get('/api/me')
      .set({ ...forged, Authorization: `DPoP ${token}`, DPoP: stolen })
    expect(refusal(answer)).toEqual(invalidProof)
    const proof = await key.proof({ method: 'GET', url: meUrl, token })
    const right = await request(at.app)
      .get('/api/me')
      .set({ ...forged, Authorization: `DPoP ${token}`, DPoP: proof })
    expect(right.status).toBe(200)
  })

  it('has the origin of the resource, and its own path', async () => {
    const resources = ['https://api.example/v1', 'urn:example:files']
    const { at, key, token } = await withToken({ layer }, { resources })
    for (const [path, origin] of [
      ['/api/resource', 'https://api.example'],
      ['/api/me', issuer],
    ] as const) {
      const ask = async (url: string) =>
        request(at.app)
          .get(`${path}?a=b`)
          .set('Authorization', `DPoP ${token}`)
          .set('DPoP', await key.proof({ method: 'GET', url, token }))
      expect((await ask(`${origin}${path}`)).status).toBe(200)
      expect(refusal(await ask(`https://other.example${path}`))).toEqual(invalidProof)
    }
  })

  it('has the origin of the only resource', async () => {
    const { at, key, token } = await withToken({ layer }, { resources: ['https://api.example'] })
    expect((await key.me(at, token, { url: 'https://api.example/api/me' })).status).toBe(200)
    expect(refusal(await key.me(at, token))).toEqual(invalidProof)
  })

  it('is returned by the function url if a proxy changes the path', async () => {
    // That of the token endpoint still follows from the issuer.
    const { at, key, token } = await withToken({ layer }, { dpop: { url: behindProxy } })
    const answer = await key.me(at, token, { url: 'https://public.example/v2/api/me' })
    expect(answer.status).toBe(200)
    expect(refusal(await key.me(at, token))).toEqual(invalidProof)
  })

  it.each([
    ['throws', () => fail()],
    ['returns a path', () => '/api/me'],
    ['returns nothing', () => undefined],
    ['is async', async () => meUrl],
    ['appends an absolute URL', () => `https://public.example/v2${meUrl}`],
  ])('is a 500 if the function %s', async (_what, url) => {
    const debug = jest.fn()
    const dpop = { url: url as () => string }
    const { at, key, token } = await withToken({ layer }, { dpop, debug })
    const answer = await key.me(at, token)
    expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
    expect(debug).toHaveBeenCalledTimes(1)
  })
})

describe.each(expresses)('the URL of a mounted resource on $version', ({ express }) => {
  it('is the whole one', async () => {
    const { at, key, token } = await withToken(express)
    const router = express.Router()
    router.get('/photos', at.oauth.authorise(), (req, res) => {
      res.json(req.oauth?.dpop)
    })
    const app = express().use('/v1', express.Router().use('/files', router))
    const ask = async (url: string) =>
      request(app)
        .get('/v1/files/photos')
        .set('Authorization', `DPoP ${token}`)
        .set('DPoP', await key.proof({ method: 'GET', url: `${issuer}${url}`, token }))
    expect((await ask('/v1/files/photos')).body).toEqual({ jkt: key.jkt })
    expect(refusal(await ask('/photos'))).toEqual(invalidProof)
  })

  it('RFC 9112 3.2.2: is the same if the request line has the whole URL', async () => {
    const { at, key, token } = await withToken(express)
    const server = createServer(at.app).listen(0)
    try {
      const { port } = server.address() as AddressInfo
      const proof = await key.proof({ method: 'GET', url: meUrl, token })
      const answer = await request(`http://127.0.0.1:${port}`)
        .get('/')
        .use((test) => {
          // supertest would send the path only.
          const { request: make } = test as unknown as { request: () => OutgoingMessage }
          Object.assign(test, {
            request() {
              return Object.assign(make.call(test), { path: `http://evil.example/api/me` })
            },
          })
        })
        .set('Authorization', `DPoP ${token}`)
        .set('DPoP', proof)
      expect(answer.status).toBe(200)
    } finally {
      server.close()
    }
  })
})

describe.each(expresses)('the path of a request on $version', ({ express }) => {
  it.each([
    ['http:///secret', '/secret', '/'],
    ['http:///x/secret', '/x/secret', '/secret'],
    ['/f/%2e%2e/secret', '/f/:a/secret', '/secret'],
    ['/f/../secret', '/f/:a/secret', '/secret'],
  ])('%s is not taken for another one', async (target, route, other) => {
    const { at, key, token } = await withToken(express)
    const app = express()
    app.get(route, at.oauth.authorise(), (_req, res) => {
      res.send('ran')
    })
    await using server = await listening(app)
    const proof = await key.proof({ method: 'GET', url: `${issuer}${other}`, token })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    expect(await server.answerTo(target, headers)).toMatch(/^HTTP\/1.1 401 /)
  })
})

describe('lockdown() with a bound token', () => {
  it.each(expresses)('needs the proof on $version', async ({ express }) => {
    const at = await provider(express)
    const key = await ProofKey.make(at)
    const token = await ownToken(at, key)
    const app = express()
    at.oauth.lockdown(app)
    app.get('/api/me', (_req, res) => {
      res.send('ran')
    })
    expect((await key.me({ app }, token)).text).toBe('ran')
    const bearer = request(app).get('/api/me').auth(token, { type: 'bearer' })
    expect(refusal(await bearer)).toEqual({ status: 401, error: 'invalid_token' })
  })
})

describe('authenticate() with a bound token', () => {
  it('needs the proof', async () => {
    const { at, key, token } = await withToken(expresses[0]!.express)
    const proof = await key.proof({ method: 'GET', url: meUrl, token })
    const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
    const found = await at.oauth.authenticate(new Request(`${meUrl}?a=b`, { headers }))
    expect(found.oauth).toMatchObject({ dpop: { jkt: key.jkt } })
    expect(found.headers).toEqual({})
    const again = await at.oauth.authenticate(new Request(meUrl, { headers }))
    expect(again.response?.status).toBe(401)
  })
})

it('without an issuer, the function url is needed', async () => {
  const store = memoryStore()
  const { client } = await createClient(store, { grantTypes: ['client_credentials'] })
  expect(client.dpopBoundAccessTokens).toBeUndefined()
  const options = { store, grants: ['client_credentials'] }
  expect(() => oauthserver({ ...options, dpop: true })).toThrow('"dpop" needs "issuer"')
  expect(() => oauthserver({ ...options, dpop: { proofLifetime: 60 } })).toThrow('needs "issuer"')
  oauthserver({ ...options, dpop: { url: () => meUrl } })
  oauthserver(options)
})

/** Returns the public URL behind a proxy that removes `/v2`. */
function behindProxy({ url = '' }: { url?: string }): string {
  return `https://public.example/v2${new URL(url, issuer).pathname}`
}

function fail(): never {
  throw new TypeError('a bug')
}

/** Starts a server, to which requests with any target can be sent. */
async function listening(app: RequestListener) {
  const server = createServer(app).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async answerTo(target: string, headers: Record<string, string>): Promise<string> {
      const socket = connect(port, '127.0.0.1')
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines.join('')}\r\n`,
      )
      return text(socket)
    },
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}
