import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type Running, startProvider } from '../../provider/test/support/program'
import { tokens } from '../../provider/test/support/tokens'
import { ClientProgram } from './support/client-program'

const file = path.join(__dirname, '../api.mjs')

let opaque: Running
let signed: Running

beforeAll(async () => {
  ;[opaque, signed] = await Promise.all([
    startProvider(),
    startProvider({ ACCESS_TOKEN_FORMAT: 'jwt' }),
  ])
})

afterAll(() => Promise.all([opaque.program.stop(), signed.program.stop()]))

async function tokenOf({ url }: Running, scope = 'profile'): Promise<string> {
  const { access_token } = await tokens(url, { grant_type: 'client_credentials', scope })
  return access_token
}

/** Requests the photos, and resolves with the status and the challenge. */
async function ask(api: ClientProgram, token?: string, scheme = 'Bearer') {
  const headers = new Headers(token === undefined ? [] : [['Authorization', `${scheme} ${token}`]])
  const answer = await fetch(`${await api.loopbackUrl()}/photos`, { headers })
  return [answer.status, answer.headers.get('www-authenticate')]
}

async function revoke({ url }: Running, token: string): Promise<void> {
  await fetch(`${url}/oauth/revoke`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa('demo-web:demo-web-secret')}` },
    body: new URLSearchParams({ token }),
  })
}

const invalid = [401, 'Bearer error="invalid_token"']

describe.each([
  ['introspection', 'opaque'],
  ['introspection', 'jwt'],
  ['jwt', 'jwt'],
])('api.mjs with VERIFY=%s, and tokens that are %s', (VERIFY, format) => {
  const provider = () => (format === 'jwt' ? signed : opaque)
  const start = () => new ClientProgram(file, { ISSUER: provider().url, VERIFY })

  it('accepts only tokens with the required scope', async () => {
    await using api = start()
    expect(await ask(api, await tokenOf(provider()))).toEqual([200, null])
    expect(await ask(api)).toEqual([401, 'Bearer'])
    expect(await ask(api, 'unknown')).toEqual(invalid)
    expect(await ask(api, await tokenOf(provider(), 'email'))).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="profile"',
    ])
  })

  it('returns 503, not 401, while it cannot reach the provider', async () => {
    await using api = new ClientProgram(file, { ISSUER: 'http://127.0.0.1:1', VERIFY })
    expect(await ask(api, await tokenOf(provider()))).toEqual([503, null])
  })
})

describe('api.mjs with VERIFY=introspection', () => {
  it('notices a revocation after CACHE_SECONDS', async () => {
    const environment = { ISSUER: opaque.url, VERIFY: 'introspection' }
    await using careful = new ClientProgram(file, { ...environment, CACHE_SECONDS: '0' })
    await using caching = new ClientProgram(file, { ...environment, CACHE_SECONDS: '600' })
    const token = await tokenOf(opaque)
    expect(await ask(careful, token)).toEqual([200, null])
    expect(await ask(caching, token)).toEqual([200, null])
    await revoke(opaque, token)
    expect(await ask(careful, token)).toEqual(invalid)
    expect(await ask(caching, token)).toEqual([200, null])
  })

  it.each([
    ['once for a valid token', { active: true, exp: 4e9 }, 200, 1],
    ['once for a token without an end', { active: true }, 200, 1],
    ['each time for a token that ends now', { active: true, exp: 1 }, 200, 3],
    ['each time for a token that is not valid', { active: false }, 401, 3],
    ['each time for a token that is bound to a key', { active: true, token_type: 'DPoP' }, 401, 3],
  ])('asks the provider %s', async (_what, answer, status, times) => {
    let asked = 0
    const provider = createServer((_req, res) => {
      asked += 1
      res.setHeader('Content-Type', 'application/json')
      res.end(JSON.stringify({ token_type: 'Bearer', scope: 'profile', ...answer }))
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
    const ISSUER = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
    await using api = new ClientProgram(file, { ISSUER, CACHE_SECONDS: '600' })
    for (let round = 0; round < 3; round++) {
      expect((await ask(api, 'a-token'))[0]).toBe(status)
    }
    expect(asked).toBe(times)
    provider.closeAllConnections()
    provider.close()
  })
})

describe('api.mjs with VERIFY=jwt', () => {
  it('accepts a revoked token until it expires, because it does not ask', async () => {
    await using api = new ClientProgram(file, { ISSUER: signed.url, VERIFY: 'jwt' })
    const token = await tokenOf(signed)
    await revoke(signed, token)
    expect(await ask(api, token)).toEqual([200, null])
  })

  it('refuses a token for another audience, of another provider, and a changed one', async () => {
    const environment = { ISSUER: signed.url, VERIFY: 'jwt' }
    await using other = new ClientProgram(file, { ...environment, AUDIENCE: 'https://a.example' })
    await using api = new ClientProgram(file, environment)
    const token = await tokenOf(signed)
    expect(await ask(other, token)).toEqual(invalid)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const changed = Buffer.from(payload, 'base64url').toString().replace('profile', 'profilE')
    const forged = [header, Buffer.from(changed).toString('base64url'), signature].join('.')
    expect(await ask(api, forged)).toEqual(invalid)
    expect(await ask(api, await tokenOf(opaque))).toEqual(invalid)
    const none = Buffer.from('{"typ":"at+jwt","alg":"none"}').toString('base64url')
    expect(await ask(api, `${none}.${payload}.`)).toEqual(invalid)
    expect(await ask(api, token)).toEqual([200, null])
  })
})

it('api.mjs with another VERIFY: does not start', async () => {
  await using api = new ClientProgram(file, { VERIFY: 'none' })
  expect(await api.exit).toBe(1)
  expect(api.output).toContain('VERIFY is "none": use introspection or jwt')
})
