import { rowsOf } from './support/upgrading/guide'
import { album } from './support/upgrading/plain-model'
import {
  type Issued,
  authorize,
  basic,
  issued,
  password,
  token,
} from './support/upgrading/requests'
import { type Measured, names, start } from './support/upgrading/servers'

/** A row of the table "What clients notice": what each server does, as text or a truth value. */
const noticed: Record<string, [measure: (url: string) => Promise<unknown>, expected: unknown[]]> = {
  PKCE: [
    async (url) => locationOf(await authorize(url, { code_challenge: '' })).has('code'),
    [true, true, true, false],
  ],
  'secret of a client': [
    async (url) => {
      const { id, secret } = album
      const form = { ...password, client_id: id, client_secret: secret }
      return [(await token(url, password)).status, (await token(url, form, {})).status]
    },
    names.map(() => [200, 200]),
  ],
  'form-encoded Basic header (RFC 6749 2.3.1)': [
    async (url) => (await token(url, password, basic({ ...album, secret: 'album%2Dsecret' }))).ok,
    [false, false, false, true],
  ],
  '`state`': [async (url) => (await authorize(url, { state: '' })).status, [400, 400, 400, 302]],
  '`iss` in the redirect (RFC 9207)': [
    async (url) => locationOf(await authorize(url, {})).has('iss'),
    [false, false, false, true],
  ],
  'redirect after a `POST`': [
    async (url) => (await authorize(url, {}, 'POST')).status,
    [302, 302, 302, 303],
  ],
  'refused authorization request': [
    async (url) => {
      const { status, headers } = await authorize(url, { scope: 'admin' })
      return [status, headers.get('content-type')?.split(';')[0]]
    },
    [
      [400, 'application/json'],
      [400, 'application/json'],
      [400, 'application/json'],
      [302, 'text/plain'],
    ],
  ],
  'refresh whose response was lost': [
    async (url) => {
      const { refresh_token } = await issued(url)
      const form = { grant_type: 'refresh_token', refresh_token }
      const lost = (await (await token(url, form)).json()) as Issued
      const again = (await (await token(url, form)).json()) as Issued
      return again.access_token === lost.access_token
    },
    [false, false, false, true],
  ],
  'narrower scope of a refresh': [
    async (url) => {
      const whole = await token(url, { ...password, scope: 'profile photos' })
      const narrow = await refresh(url, (await whole.json()) as Issued, 'profile')
      const next = await refresh(url, narrow)
      return [narrow.scope, next.scope]
    },
    [
      ['profile photos', 'profile photos'],
      ['profile photos', 'profile photos'],
      ['profile', 'profile'],
      ['profile', 'profile photos'],
    ],
  ],
  'token in the body of an API request': [
    async (url) => {
      const { access_token } = await issued(url)
      const body = new URLSearchParams({ access_token })
      return (await fetch(`${url}/api`, { method: 'POST', body })).ok
    },
    [true, true, true, false],
  ],
  '`Authorization: bearer` in lower case': [
    async (url) => {
      const Authorization = `bearer ${(await issued(url)).access_token}`
      return (await fetch(`${url}/api`, { headers: { Authorization } })).ok
    },
    [false, false, false, true],
  ],
}

function locationOf(response: Response): URLSearchParams {
  return new URL(response.headers.get('location') ?? 'about:blank').searchParams
}

async function refresh(url: string, { refresh_token }: Issued, scope = ''): Promise<Issued> {
  const form = { grant_type: 'refresh_token', refresh_token, ...(scope !== '' && { scope }) }
  return (await (await token(url, form, basic(album))).json()) as Issued
}

describe('what clients notice', () => {
  let servers: Measured[]

  beforeAll(async () => {
    servers = await Promise.all(names.map((name) => start(name)))
  })

  afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())))

  it('is measured in every row', () => {
    expect(rowsOf('### What clients notice')).toEqual(['', ...Object.keys(noticed)])
  })

  it.each(Object.entries(noticed))('%s', async (_title, [measure, expected]) => {
    expect(await Promise.all(servers.map(({ url }) => measure(url)))).toEqual(expected)
  })
})
