import type { RequestListener } from 'node:http'
import { isIP } from 'node:net'
import { gzipSync } from 'node:zlib'
import { RefusedDocumentError } from '../../src/http/fetch-errors'
import { type GuardedFetchOptions, fetchJson, fetchJsonBy } from '../../src/http/fetch-json'
import type { Network } from '../../src/http/network'
import { isPublicAddress } from '../../src/http/public-address'
import { certificate, loopbackServer } from '../support/loopback-server'

const json: RequestListener = (_request, response) => {
  response.end('{"keys":[]}')
}

/** A network in which one loopback address stands for the public internet. */
function network(...answers: string[][]): Network & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    ca: certificate,
    isAllowed: (address) => address === '127.0.0.1',
    async resolve(host) {
      const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? ['127.0.0.1']
      asked.push(host)
      return addresses.map((address) => ({ address, family: isIP(address) }))
    },
  }
}

function fetched(url: string, options: Partial<GuardedFetchOptions> = {}) {
  return fetchJson(url, {
    timeoutMs: 60_000,
    longestBytes: 1000,
    network: network(),
    ...options,
  })
}

describe('fetchJson()', () => {
  it('resolves with the document', async () => {
    await using server = await loopbackServer(json)
    const path = '/a/keys?of=client'
    await expect(fetched(`https://keys.example:${server.port}${path}`)).resolves.toEqual({
      value: { keys: [] },
      maxAge: undefined,
    })
    expect(server.requests).toEqual([path])
  })

  it.each([
    ['max-age=120', 120],
    ['public, MAX-AGE=7', 7],
    ['s-maxage=9', undefined],
    ['no-store', 0],
    ['max-age=60, no-cache', 0],
    ['x-no-cache', undefined],
    ['max-age=soon', undefined],
  ])('reads Cache-Control: %s', async (header, maxAge) => {
    await using server = await loopbackServer((_request, response) => {
      response.setHeader('Cache-Control', header).end('1')
    })
    await expect(fetched(`https://keys.example:${server.port}`)).resolves.toEqual({
      value: 1,
      maxAge,
    })
  })

  it.each([
    [{ 'cache-control': 'max-age=120', age: '20' }, 100],
    [{ 'cache-control': 'max-age=120', age: '300' }, 0],
    [{ 'cache-control': 'max-age=120', age: 'old' }, 120],
    [{ date: 'Tue, 01 Dec 2026 10:00:00 GMT', expires: 'Tue, 01 Dec 2026 10:02:00 GMT' }, 120],
    [{ date: 'Tue, 01 Dec 2026 10:00:00 GMT', expires: 'Tue, 01 Dec 2026 09:00:00 GMT' }, 0],
    [{ expires: '-1' }, 0],
    [{ expires: '0' }, 0],
    [{ 'cache-control': 'no-store', expires: 'Tue, 01 Dec 2099 10:00:00 GMT' }, 0],
    [{ 'cache-control': 'max-age=5', expires: 'Tue, 01 Dec 2099 10:00:00 GMT' }, 5],
  ])('RFC 9111 4.2: reads %p', async (headers, maxAge) => {
    await using server = await loopbackServer((_request, response) => {
      response.writeHead(200, headers as Record<string, string>).end('1')
    })
    expect((await fetched(`https://keys.example:${server.port}`)).maxAge).toBe(maxAge)
  })

  it.each([
    ['http:', 'http://keys.example/'],
    ['data:', 'data:application/json,{}'],
    ['a password', 'https://a:b@keys.example/'],
    ['a fragment', 'https://keys.example/#a'],
    ['no URL', 'keys.example'],
  ])('refuses a URL with %s, without a query for its host', async (_what, url) => {
    const network1 = network()
    await expect(fetched(url, { network: network1 })).rejects.toMatchObject({
      code: 'OAUTH2_KIT_FETCH',
    })
    expect(network1.asked).toEqual([])
  })

  it.each([
    ['127.0.0.1'],
    ['2130706433'],
    ['0x7f.1'],
    ['0177.0.0.1'],
    ['127.1'],
    ['[::1]'],
    ['[::ffff:127.0.0.1]'],
    ['[64:ff9b::7f00:1]'],
    ['[2002:7f00:1::]'],
    ['169.254.169.254'],
    ['localhost'],
    ['localhost.'],
    ['LOCALHOST'],
    ['a.localhost'],
    ['0.0.0.0'],
    ['0'],
    ['10.0.0.1'],
    ['172.16.0.1'],
    ['192.168.0.1'],
    ['100.64.0.1'],
    ['198.18.0.1'],
    ['192.0.2.1'],
    ['224.0.0.1'],
    ['255.255.255.255'],
    ['[::]'],
    ['[::127.0.0.1]'],
    ['[::ffff:7f00:1]'],
    ['[::ffff:169.254.169.254]'],
    ['[64:ff9b:1::7f00:1]'],
    ['[2001:0:7f00:1::]'],
    ['[2001:db8::1]'],
    ['[fc00::1]'],
    ['[fd12:3456::1]'],
    ['[fe80::1]'],
    ['[fec0::1]'],
    ['[ff02::1]'],
    ['127。0。0。1'],
    ['１２７.0.0.1'],
    ['%31%32%37.0.0.1'],
  ])('refuses %s on the real network, with a server that listens', async (host) => {
    await using server = await loopbackServer(json)
    const url = `https://${host}:${server.port}/`
    await expect(fetchJson(url, { timeoutMs: 60_000, longestBytes: 9 })).rejects.toMatchObject({
      name: 'RefusedDocumentError',
      code: 'OAUTH2_KIT_FETCH',
      message: expect.stringContaining('not public') as string,
    })
    expect(server.requests).toEqual([])
  })

  it.each([
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['fd00::1'],
    ['64:ff9b::a00:1'],
    ['not an address'],
    [''],
  ])('refuses a host for which the DNS answers %p among public addresses', async (address) => {
    const { isAllowed: _, ...rest } = network(['93.184.216.34', '2606:2800:21f::1', address])
    const real = { ...rest, isAllowed: isPublicAddress }
    await expect(fetched('https://keys.example', { network: real })).rejects.toThrow('not public')
  })

  it('refuses a host with a public and a private address', async () => {
    await using server = await loopbackServer(json)
    const mixed = network(['127.0.0.1', '127.0.0.2'])
    await expect(
      fetched(`https://keys.example:${server.port}`, { network: mixed }),
    ).rejects.toThrow('not public')
    expect(server.requests).toEqual([])
  })

  it('refuses a host without an address', async () => {
    await expect(fetched('https://keys.example', { network: network([]) })).rejects.toThrow(
      'has no address',
    )
  })

  it('connects to the address that was checked, and looks no host up twice', async () => {
    await using allowed = await loopbackServer(json)
    // The same port of a private address, which a second look-up would return.
    await using hidden = await loopbackServer(json, { address: '127.0.0.2', port: allowed.port })
    const rebinding = network(['127.0.0.1'], ['127.0.0.2'])
    const url = `https://keys.example:${allowed.port}/`
    await fetched(url, { network: rebinding })
    expect(rebinding.asked).toEqual(['keys.example'])
    expect(allowed.requests).toEqual(['/'])
    // The next fetch looks it up and checks it again: no open connection is used.
    await expect(fetched(url, { network: rebinding })).rejects.toThrow('not public')
    expect(allowed.requests).toEqual(['/'])
    expect(hidden.requests).toEqual([])
  })

  it('refuses a certificate for another host', async () => {
    await using server = await loopbackServer(json)
    await expect(fetched(`https://wrong.example:${server.port}`)).rejects.toMatchObject({
      code: 'OAUTH2_KIT_FETCH',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string,
    })
    expect(server.requests).toEqual([])
  })

  it('refuses a certificate of an unknown authority', async () => {
    await using server = await loopbackServer(json)
    const { ca: _, ...trusting } = network()
    const url = `https://keys.example:${server.port}`
    await expect(fetched(url, { network: trusting })).rejects.toThrow('SELF_SIGNED')
  })

  it('refuses a server without TLS', async () => {
    await using server = await loopbackServer(json, { plain: true })
    await expect(fetched(`https://keys.example:${server.port}`)).rejects.toMatchObject({
      code: 'OAUTH2_KIT_FETCH',
    })
  })

  it.each([301, 302, 303, 307, 308])('does not follow a %i', async (status) => {
    await using target = await loopbackServer(json)
    await using server = await loopbackServer((_request, response) => {
      response.writeHead(status, { location: `https://other.example:${target.port}/` }).end('{}')
    })
    const url = `https://keys.example:${server.port}`
    await expect(fetched(url)).rejects.toThrow(`status of the response is ${status}`)
    expect(target.requests).toEqual([])
  })

  it.each([201, 204, 404, 500])('refuses the status %i', async (status) => {
    await using server = await loopbackServer((_request, response) => {
      response.writeHead(status).end(status === 204 ? undefined : '{}')
    })
    await expect(fetched(`https://keys.example:${server.port}`)).rejects.toThrow(`${status}`)
  })

  it.each<[string, RequestListener]>([
    ['with a Content-Length', (_request, response) => void response.end('"'.padEnd(1001, 'a'))],
    [
      'that never ends',
      (_request, response) => {
        const write = () => {
          while (response.write('a'.repeat(500)));
        }
        response.on('drain', write)
        write()
      },
    ],
  ])('refuses a document that is too long, %s', async (_how, listener) => {
    await using server = await loopbackServer(listener)
    await expect(fetched(`https://keys.example:${server.port}`)).rejects.toThrow('1000 bytes')
  })

  it.each<[string, RequestListener]>([
    ['no response', () => {}],
    ['headers only', (_request, response) => response.flushHeaders()],
    ['a part of the document', (_request, response) => void response.write('{')],
    ['interim responses only', (_request, response) => response.writeProcessing()],
  ])('ends after the timeout with %s', async (_what, listener) => {
    await using server = await loopbackServer(listener)
    await expect(
      fetched(`https://keys.example:${server.port}`, { timeoutMs: 300 }),
    ).rejects.toMatchObject({ code: 'OAUTH2_KIT_TIMEOUT' })
  })

  it('ends after the timeout with a resolver that does not answer', async () => {
    const silent = { ...network(), resolve: () => new Promise<never>(() => {}) }
    await expect(
      fetched('https://keys.example', { timeoutMs: 50, network: silent }),
    ).rejects.toMatchObject({ code: 'OAUTH2_KIT_TIMEOUT' })
  })

  it.each([
    ['HTML', '<html></html>'],
    ['nothing', ''],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('refuses %s', async (_what, body) => {
    await using server = await loopbackServer((_request, response) => void response.end(body))
    await expect(fetched(`https://keys.example:${server.port}`)).rejects.toThrow('not JSON')
  })

  it.each([
    [404, true],
    [401, true],
    [302, true],
    [204, true],
    [408, false],
    [425, false],
    [429, false],
    [500, false],
    [503, false],
  ])('tells a refusal from an outage by the status %i', async (status, isRefused) => {
    await using server = await loopbackServer((_request, response) => {
      response.writeHead(status, { 'content-encoding': 'gzip' }).end()
    })
    const error: unknown = await fetched(`https://keys.example:${server.port}`).catch(
      (thrown: unknown) => thrown,
    )
    expect(error instanceof RefusedDocumentError).toBe(isRefused)
  })

  it.each([
    ['application/json', 'accepted'],
    ['text/html', 'The document has the wrong Content-Type: it must be JSON'],
    ['', 'The document has the wrong Content-Type: it must be JSON'],
  ])('with a media type, judges the Content-Type %p', async (type, outcome) => {
    await using server = await loopbackServer((_request, response) => {
      response.setHeader('content-type', type).end('1')
    })
    const mediaType = /^application\/json/
    const fetching = fetched(`https://keys.example:${server.port}`, { mediaType })
    const found = await fetching.then(
      () => 'accepted',
      (error: Error) => error.message,
    )
    expect(found).toBe(outcome)
  })

  it('refuses a compressed document, which may be long', async () => {
    await using server = await loopbackServer((_request, response) => {
      response.setHeader('Content-Encoding', 'gzip').end('{}')
    })
    await expect(fetched(`https://keys.example:${server.port}`)).rejects.toThrow('compressed')
  })

  it('rejects if the server cannot be reached, and says why', async () => {
    const { port } = await closedServer()
    await expect(fetched(`https://keys.example:${port}/?a=secret`)).rejects.toMatchObject({
      code: 'OAUTH2_KIT_FETCH',
      message: `The server "keys.example:${port}" cannot be reached (ECONNREFUSED)`,
    })
  })
})

describe('fetchJsonBy()', () => {
  const options = { timeoutMs: 60_000, longestBytes: 1000 }

  it('passes on what a safe request needs, and judges the response in the same way', async () => {
    const calls: unknown[] = []
    const answer = async (...call: unknown[]) => {
      calls.push(call)
      return Response.json({ a: 1 }, { headers: { 'cache-control': 'max-age=7' } })
    }
    const url = 'https://keys.example/a'
    await expect(fetchJsonBy(answer, 'fetch', url, options)).resolves.toEqual({
      value: { a: 1 },
      maxAge: 7,
    })
    const headers = { accept: 'application/json', 'user-agent': 'oauth2-kit' }
    const signal = expect.any(AbortSignal) as AbortSignal
    expect(calls).toEqual([[url, { redirect: 'manual', headers, signal }]])
  })

  it('works with the fetch() of Node', async () => {
    await using server = await loopbackServer(
      (_request, response) => void response.writeHead(302, { location: '/b' }).end(),
      { plain: true },
    )
    const answer = (_url: string, init: object) => fetch(`http://127.0.0.1:${server.port}`, init)
    await expect(fetchJsonBy(answer, 'fetch', 'https://keys.example', options)).rejects.toThrow(
      'status of the response is 302',
    )
    expect(server.requests).toEqual(['/'])
  })

  it('limits the size after a decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, ' '))
    await using server = await loopbackServer(
      (_request, response) => void response.setHeader('content-encoding', 'gzip').end(bomb),
      { plain: true },
    )
    const answer = (_url: string, init: object) => fetch(`http://127.0.0.1:${server.port}`, init)
    await expect(fetchJsonBy(answer, 'fetch', 'https://keys.example', options)).rejects.toThrow(
      'more than 1000 bytes',
    )
  })

  it.each([undefined, null, {}, 'text', { status: 200 }])(
    'refuses %p as a response',
    async (value) => {
      const answer = async () => value as Response
      await expect(
        fetchJsonBy(answer, 'the.name', 'https://keys.example', options),
      ).rejects.toThrow('"the.name" must resolve with a Response')
    },
  )
})

async function closedServer(): Promise<{ port: number }> {
  await using server = await loopbackServer(json)
  return { port: server.port }
}
