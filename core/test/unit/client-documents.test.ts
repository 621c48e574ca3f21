import { memoryStore } from '@oauth2-kit/memory'
import type { ClientMetadataOptions } from '../../src/options/client-metadata'
import { settingsOf } from '../../src/options/settings'
import {
  clientDocuments,
  longestDocument,
  mostFailures,
  mostFetches,
  mostFetchesOfHost,
} from '../../src/storage/client-documents'
import type { OAuthRequest } from '../../src/http/request'
import type { Network } from '../../src/http/network'
import { certificate, loopbackServer } from '../support/loopback-server'
import { until } from '../support/until'

const url = 'https://client.example/app.json'
const invalidClient = { error: 'invalid_client' }
const unavailable = { code: 503, error: 'temporarily_unavailable' }
const request = { native: { request: { url: '/oauth/token' } } } as unknown as OAuthRequest

function documentOf(id: string, members: object = {}): object {
  return { client_id: id, redirect_uris: ['https://client.example/callback'], ...members }
}

function response(value: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return Response.json(value, { status, headers })
}

type Answer = (url: string, init: { signal: AbortSignal }) => Response | Promise<Response>

/** The clients with documents, on a clock that the test moves, and the fetches that are made. */
function documents(
  answer: Answer,
  options: Partial<ClientMetadataOptions> = {},
  storeTimeout = 60_000,
) {
  const state = {
    at: 1_800_000_000_000,
    fetched: [] as string[],
    failures: [] as { url: string; error: unknown }[],
    answer,
  }
  const settings = settingsOf({
    store: memoryStore(),
    issuer: 'https://auth.example',
    now: () => state.at,
    storeTimeout,
    clientMetadata: {
      scopes: null,
      fetch: async (one, init) => {
        state.fetched.push(one)
        return state.answer(one, init)
      },
      ...options,
    },
  })
  const clients = clientDocuments(settings.clientMetadata!, settings, (_name, event) => {
    state.failures.push(event as { url: string; error: unknown })
  })
  return Object.assign(state, {
    clientAt: async (id = url) => clients.clientAt(id, request),
    allowed: (id = url) => clients.allowed(id),
  })
}

const fine: Answer = (id) => response(documentOf(id))
const away: Answer = () => {
  throw new TypeError('fetch failed')
}
const gone: Answer = () => new Response('', { status: 404 })

const redirected: Answer = (id) =>
  Object.defineProperty(response(documentOf(id)), 'redirected', { value: true })
const slow: Answer = () =>
  new Response(new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('{')) }), {
    headers: { 'content-type': 'application/json' },
  })

/** An answer that the test gives later. */
function later() {
  const waiting: (() => void)[] = []
  const answer: Answer = (id) =>
    new Promise((resolve) => waiting.push(() => resolve(fine(id, {} as never))))
  return { answer, waiting }
}

describe('clientDocuments()', () => {
  it('resolves with the client at the URL, which is fetched once', async () => {
    const at = documents(fine)
    expect(await at.clientAt()).toMatchObject({ id: url, type: 'public' })
    expect(await at.clientAt()).toMatchObject({ id: url })
    expect(at.fetched).toEqual([url])
  })

  it('shares one fetch between concurrent requests', async () => {
    const at = documents(fine)
    const clients = await Promise.all([at.clientAt(), at.clientAt(), at.clientAt()])
    expect(clients.map((client) => client?.id)).toEqual([url, url, url])
    expect(at.fetched).toHaveLength(1)
  })

  it.each(['client-1', 'urn:example:client', 'httpsclient', ''])(
    'does not know the id %p, without a fetch',
    async (id) => {
      const at = documents(fine)
      expect(await at.clientAt(id)).toBeNull()
      expect(at.fetched).toEqual([])
    },
  )

  it.each(['https://client.example/', 'http://client.example/app', 'HTTPS://client.example/a'])(
    'refuses the URL %s, without a fetch',
    async (id) => {
      const at = documents(fine)
      await expect(at.clientAt(id)).rejects.toMatchObject(invalidClient)
      expect(at.fetched).toEqual([])
    },
  )

  it.each([
    [{}, 300],
    [{ 'cache-control': 'max-age=600' }, 600],
    [{ 'cache-control': 'max-age=600', age: '100' }, 500],
    [{ 'cache-control': 'public, max-age=1' }, 60],
    [{ 'cache-control': 'no-store' }, 60],
    [{ 'cache-control': 'max-age=99999999' }, 86_400],
    [{ expires: '0' }, 60],
    [{ date: 'Tue, 01 Dec 2026 10:00:00 GMT', expires: 'Tue, 01 Dec 2026 11:00:00 GMT' }, 3600],
    [{ 'cache-control': 'max-age=120', expires: 'Tue, 01 Dec 2099 11:00:00 GMT' }, 120],
  ])('with the headers %p, uses a document for %i seconds', async (headers, seconds) => {
    const at = documents((id) => response(documentOf(id), headers))
    await at.clientAt()
    at.at += seconds * 1000 - 1
    await at.clientAt()
    expect(at.fetched).toHaveLength(1)
    at.at += 1
    await at.clientAt()
    expect(at.fetched).toHaveLength(2)
  })

  it('keeps to the bounds of the option "cache"', async () => {
    const cache = { leastSeconds: 5, mostSeconds: 10 }
    const headers = { 'cache-control': 'max-age=60' }
    const at = documents((id) => response(documentOf(id), headers), { cache })
    await at.clientAt()
    at.at += 10_000
    at.answer = (id) => response(documentOf(id), { 'cache-control': 'no-store' })
    await at.clientAt()
    at.at += 4999
    await at.clientAt()
    expect(at.fetched).toHaveLength(2)
    at.at += 1
    await at.clientAt()
    expect(at.fetched).toHaveLength(3)
  })

  it('uses what an expired document says now, and not what it said before', async () => {
    const at = documents(fine)
    await at.clientAt()
    at.at += 300_000
    const redirectUris = ['https://client.example/other']
    at.answer = (id) => response(documentOf(id, { redirect_uris: redirectUris }))
    expect(await at.clientAt()).toMatchObject({ redirectUris })
  })

  it('does not use a document that was fetched by a clock that was ahead', async () => {
    const at = documents(fine)
    await at.clientAt()
    at.at -= 1
    await at.clientAt()
    expect(at.fetched).toHaveLength(2)
  })

  it.each<[string, Answer]>([
    ['is gone', gone],
    ['is forbidden', () => new Response('', { status: 403 })],
    ['redirects', () => Response.redirect('https://client.example/other.json', 302)],
    ['has no content', () => new Response(null, { status: 204 })],
    ['is HTML', () => new Response('{}', { headers: { 'content-type': 'text/html' } })],
    ['has no type', () => new Response(Buffer.from(JSON.stringify(documentOf(url))))],
    [
      'is JavaScript',
      () =>
        new Response(JSON.stringify(documentOf(url)), {
          headers: { 'content-type': 'application/json+script' },
        }),
    ],
    ['is not JSON', () => new Response('{', { headers: { 'content-type': 'application/json' } })],
    ['is of another client', () => response(documentOf(`${url}2`))],
    ['has a secret', (id) => response(documentOf(id, { client_secret: 'secret' }))],
    ['is too long', (id) => response(documentOf(id, { x: 'x'.repeat(longestDocument) }))],
  ])('refuses a document that %s, until 10 seconds have passed', async (_what, answer) => {
    const at = documents(answer)
    await expect(at.clientAt()).rejects.toMatchObject(invalidClient)
    at.answer = fine
    at.at += 9_999
    await expect(at.clientAt()).rejects.toMatchObject(invalidClient)
    expect(at.fetched).toHaveLength(1)
    const code = 'OAUTH2_KIT_FETCH'
    expect(at.failures).toEqual([{ url, error: expect.objectContaining({ code }) as unknown }])
    at.at += 1
    expect(await at.clientAt()).toMatchObject({ id: url })
  })

  it('refuses a response that was redirected', async () => {
    await expect(documents(redirected).clientAt()).rejects.toMatchObject({
      error_description: expect.stringContaining('redirected') as string,
    })
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/oauth-client+json',
  ])('accepts the type %s', async (type) => {
    const at = documents(
      (id) => new Response(JSON.stringify(documentOf(id)), { headers: { 'content-type': type } }),
    )
    expect(await at.clientAt()).toMatchObject({ id: url })
  })

  it('accepts a document of exactly 5 KB', async () => {
    const space = longestDocument - JSON.stringify(documentOf(url, { x: '' })).length
    const at = documents((id) => response(documentOf(id, { x: 'x'.repeat(space) })))
    expect(await at.clientAt()).toMatchObject({ id: url })
  })

  it.each<[string, Answer]>([
    ['cannot be reached', away],
    ['rejects', () => Promise.reject(new Error('connect ECONNREFUSED'))],
    ['is broken', () => new Response('', { status: 500 })],
    ['is overloaded', () => new Response('', { status: 503 })],
    ['limits us', () => new Response('', { status: 429 })],
    ['answers no Response', () => ({}) as Response],
    ['answers nothing', () => undefined as never],
  ])('throws a 503 if the server of the client %s, and asks again later', async (_w, answer) => {
    const at = documents(answer)
    const error = (await at.clientAt().catch((thrown: unknown) => thrown)) as Error & {
      headers: object
    }
    expect(error).toMatchObject({ ...unavailable, headers: { 'Retry-After': '10' } })
    // Anybody can cause it, so it is not reported as a failure of this server.
    expect(error.cause).toBeUndefined()
    await expect(at.clientAt()).rejects.toMatchObject(unavailable)
    expect(at.failures).toHaveLength(1)
    expect(at.fetched).toHaveLength(1)
    at.answer = fine
    at.at += 10_000
    expect(await at.clientAt()).toMatchObject({ id: url })
  })

  it('throws a 503 and aborts the fetch after the timeout', async () => {
    const signals: AbortSignal[] = []
    const hangs: Answer = (_id, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    await expect(documents(hangs, {}, 50).clientAt()).rejects.toMatchObject(unavailable)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('throws a 503 after the timeout if the body does not end', async () => {
    await expect(documents(slow, {}, 50).clientAt()).rejects.toMatchObject(unavailable)
  })

  it('reads no more than 5 KB of a body that has no end', async () => {
    let pulled = 0
    const endless: Answer = () =>
      new Response(
        new ReadableStream({
          pull(stream) {
            pulled++
            stream.enqueue(Buffer.alloc(1024, ' '))
          },
        }),
        { headers: { 'content-type': 'application/json' } },
      )
    await expect(documents(endless).clientAt()).rejects.toMatchObject(invalidClient)
    expect(pulled).toBeLessThan(10)
  })

  it('uses an expired document for one more hour while its server is away', async () => {
    const at = documents(fine)
    await at.clientAt()
    at.answer = away
    at.at += 300_000
    expect(await at.clientAt()).toMatchObject({ id: url })
    at.at += 3_600_000 - 1
    expect(await at.clientAt()).toMatchObject({ id: url })
    at.at += 1
    await expect(at.clientAt()).rejects.toMatchObject(unavailable)
  })

  it('does not use an expired document any more once its URL has answered otherwise', async () => {
    const at = documents(fine)
    await at.clientAt()
    at.allowed()
    at.answer = gone
    at.at += 300_000
    await expect(at.clientAt()).rejects.toMatchObject(invalidClient)
    at.answer = away
    at.at += 10_000
    await expect(at.clientAt()).rejects.toMatchObject(unavailable)
  })

  it('limits the fetches at once, of a host and in all', async () => {
    const { answer, waiting } = later()
    const at = documents(answer)
    const ofHost = Array.from({ length: mostFetchesOfHost + 1 }, (_, index) =>
      at.clientAt(`https://one.example:${1000 + index}/app`).catch((error: unknown) => error),
    )
    expect(await ofHost.pop()).toMatchObject(unavailable)
    const others = Array.from({ length: mostFetches - mostFetchesOfHost + 1 }, (_, index) =>
      at.clientAt(`https://${index}.example/app`).catch((error: unknown) => error),
    )
    expect(await others.pop()).toMatchObject(unavailable)
    expect(at.fetched).toHaveLength(mostFetches)
    // No fetch was made for those that were refused, so there is no pause either.
    expect(at.failures).toEqual([])
    for (const answered of waiting) answered()
    for (const client of await Promise.all([...ofHost, ...others]))
      expect(client).toMatchObject({ type: 'public' })
    at.answer = fine
    expect(await at.clientAt('https://one.example:1006/app')).toMatchObject({ type: 'public' })
  })

  it('uses a known document if too many are being fetched', async () => {
    const at = documents(fine)
    await at.clientAt()
    const { answer, waiting } = later()
    at.answer = answer
    at.at += 300_000
    const others = Array.from({ length: mostFetches }, (_, index) =>
      at.clientAt(`https://${index}.example/app`),
    )
    await until(() => waiting.length === mostFetches)
    expect(await at.clientAt()).toMatchObject({ id: url })
    for (const answered of waiting) answered()
    await Promise.all(others)
  })

  it('fetches the document of a client with users again, however many others are being fetched', async () => {
    const at = documents(fine)
    await at.clientAt()
    at.allowed()
    const { answer, waiting } = later()
    at.answer = (id, init) => (id === url ? fine(id, init) : answer(id, init))
    // Longer than an expired document is used.
    at.at += 24 * 3_600_000
    const others = Array.from({ length: mostFetches }, (_, index) =>
      at.clientAt(`https://${index}.example/app`),
    )
    await until(() => waiting.length === mostFetches)
    expect(await at.clientAt()).toMatchObject({ id: url })
    for (const answered of waiting) answered()
    await Promise.all(others)
  })

  it('keeps a limited number of documents, those that were used last', async () => {
    const at = documents(fine, { cache: { entries: 2 } })
    const [a, b, c] = ['a', 'b', 'c'].map((name) => `https://client.example/${name}`)
    await at.clientAt(a)
    await at.clientAt(b)
    await at.clientAt(a)
    await at.clientAt(c)
    await at.clientAt(a)
    expect(at.fetched).toEqual([a, b, c])
    await at.clientAt(b)
    expect(at.fetched).toEqual([a, b, c, b])
  })

  it('keeps the documents of clients with users, however many others are requested', async () => {
    const at = documents(fine, { cache: { entries: 2 } })
    await at.clientAt()
    at.allowed()
    for (let index = 0; index < 50; index++) await at.clientAt(`https://${index}.example/app`)
    at.answer = gone
    for (let index = 0; index < 2 * mostFailures; index++)
      await at.clientAt(`https://${index}.example/none`).catch(() => {})
    const before = at.fetched.length
    expect(await at.clientAt()).toMatchObject({ id: url })
    expect(at.fetched).toHaveLength(before)
    // And after it was fetched again.
    at.answer = fine
    at.at += 300_000
    await at.clientAt()
    for (let index = 0; index < 5; index++) await at.clientAt(`https://${index}.example/again`)
    const after = at.fetched.length
    await at.clientAt()
    expect(at.fetched).toHaveLength(after)
  })

  it('remembers a limited number of failures', async () => {
    const at = documents(gone)
    for (let index = 0; index <= mostFailures; index++)
      await at.clientAt(`https://${index}.example/none`).catch(() => {})
    const before = at.fetched.length
    await at.clientAt('https://0.example/none').catch(() => {})
    expect(at.fetched).toHaveLength(before + 1)
  })

  describe('with the option "allow"', () => {
    it('asks it for each request, before a fetch and before the cache', async () => {
      const hosts = new Set(['client.example'])
      const asked: unknown[] = []
      const at = documents(fine, {
        allow: (one, about) => {
          asked.push([one.href, about])
          return hosts.has(one.hostname)
        },
      })
      await expect(at.clientAt('https://other.example/app')).rejects.toMatchObject(invalidClient)
      expect(at.fetched).toEqual([])
      await at.clientAt()
      // A host that is removed from the list is refused at once.
      hosts.clear()
      await expect(at.clientAt()).rejects.toMatchObject(invalidClient)
      expect(asked[1]).toEqual([url, { request: request.native.request }])
    })

    it.each<[string, () => unknown]>([
      ['returns text', () => 'yes'],
      ['returns 1', () => 1],
      ['returns an object', () => ({ allowed: true })],
      ['returns nothing', () => undefined],
      ['returns null', () => null],
      [
        'throws a TypeError',
        () => {
          throw new TypeError('x is undefined')
        },
      ],
    ])('fails with a server_error if it %s, without a fetch', async (_what, allow) => {
      const at = documents(fine, { allow: allow as () => boolean })
      await expect(at.clientAt()).rejects.toMatchObject({ error: 'server_error' })
      expect(at.fetched).toEqual([])
    })

    it('fails if it rejects, without a fetch', async () => {
      const at = documents(fine, { allow: () => Promise.reject(new Error('down')) })
      await expect(at.clientAt()).rejects.toThrow('down')
      expect(at.fetched).toEqual([])
    })

    it('fails after the timeout if it hangs, without a fetch', async () => {
      const at = documents(fine, { allow: () => new Promise(() => {}) }, 50)
      await expect(at.clientAt()).rejects.toMatchObject({ code: 'OAUTH2_KIT_TIMEOUT' })
      expect(at.fetched).toEqual([])
    })

    it('calls it as a method of its object', async () => {
      const at = documents(fine, {
        allow(this: ClientMetadataOptions) {
          return this.scopes === null
        },
      })
      expect(await at.clientAt()).toMatchObject({ id: url })
    })
  })
})

/** The clients on a network on which 127.0.0.1 stands for the public internet. */
function onNetwork(resolve: Network['resolve'], storeTimeout = 60_000) {
  const settings = settingsOf({
    store: memoryStore(),
    issuer: 'https://auth.example',
    storeTimeout,
    clientMetadata: { scopes: null, cache: { leastSeconds: 0 } },
  })
  const network = { ca: certificate, isAllowed: (one: string) => one === '127.0.0.1', resolve }
  const clients = clientDocuments(settings.clientMetadata!, settings, () => {}, network)
  return async (id: string) => clients.clientAt(id, request)
}

const loopback = async () => [{ address: '127.0.0.1', family: 4 }]
const json = { 'content-type': 'application/json', 'cache-control': 'no-store' }

describe('clientDocuments() by the built-in client', () => {
  it('fetches a document over https', async () => {
    let document = {}
    await using server = await loopbackServer((message, response) => {
      expect(message.headers).toMatchObject({ accept: 'application/json' })
      expect(message.headers).not.toHaveProperty('cookie')
      response.writeHead(200, json).end(JSON.stringify(document))
    })
    const id = `https://keys.example:${server.port}/app.json?v=1`
    document = documentOf(id)
    expect(await onNetwork(loopback)(id)).toMatchObject({ id })
    expect(server.requests).toEqual(['/app.json?v=1'])
  })

  it('checks the address again for each fetch (DNS rebinding)', async () => {
    let document = {}
    const answers = ['127.0.0.1', '127.0.0.2']
    await using server = await loopbackServer((_message, response) => {
      response.writeHead(200, json).end(JSON.stringify(document))
    })
    await using hidden = await loopbackServer((_message, response) => void response.end(), {
      address: '127.0.0.2',
      port: server.port,
    })
    const id = `https://keys.example:${server.port}/app.json`
    document = documentOf(id)
    const clientAt = onNetwork(async () => [{ address: answers.shift()!, family: 4 }])
    expect(await clientAt(id)).toMatchObject({ id })
    await expect(clientAt(id)).rejects.toMatchObject({
      ...invalidClient,
      error_description: expect.stringContaining('set the option clientMetadata.fetch') as string,
    })
    expect([server.requests, hidden.requests]).toEqual([['/app.json'], []])
  })

  it('does not follow a redirect to a private address', async () => {
    await using hidden = await loopbackServer((_message, response) => void response.end())
    await using server = await loopbackServer((_message, response) => {
      response.writeHead(302, { location: `https://127.0.0.1:${hidden.port}/` }).end()
    })
    const clientAt = onNetwork(loopback)
    await expect(clientAt(`https://keys.example:${server.port}/app`)).rejects.toMatchObject(
      invalidClient,
    )
    expect(hidden.requests).toEqual([])
  })

  it('ends a slow response after the timeout', async () => {
    await using server = await loopbackServer((_message, response) => {
      response.writeHead(200, json).write('{')
    })
    const clientAt = onNetwork(loopback, 200)
    await expect(clientAt(`https://keys.example:${server.port}/app`)).rejects.toMatchObject(
      unavailable,
    )
  })
})
