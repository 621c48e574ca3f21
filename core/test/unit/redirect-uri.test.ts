import {
  isRegisteredRedirectUri,
  redirectUriProblem,
  withParameters,
} from '../../src/protocol/redirect-uri'

function of(redirectUris: string[]) {
  return { type: 'public' as const, redirectUris }
}

describe('isRegisteredRedirectUri()', () => {
  const registered = ['https://a.example/cb', 'http://127.0.0.1/cb?x=1', 'http://[::1]:80/cb']

  it.each(registered)('%s is registered', (uri) => {
    expect(isRegisteredRedirectUri(uri, of(registered))).toBe(true)
  })

  it.each([
    'http://127.0.0.1:1/cb?x=1',
    'http://127.0.0.1:65535/cb?x=1',
    'http://[::1]/cb',
    'http://[::1]:4000/cb',
  ])('security 3: the loopback URI %s is registered, with any port', (uri) => {
    expect(isRegisteredRedirectUri(uri, of(registered))).toBe(true)
  })

  it.each([
    'https://a.example:443/cb',
    'https://a.example/cb/',
    'https://a.example/CB',
    'HTTPS://a.example/cb',
    'http://127.0.0.1:1/cb',
    'http://127.0.0.1:1/cb?x=2',
    'http://127.0.0.1:1/cb?x=1#f',
    'http://127.0.0.1:/cb?x=1',
    'http://127.0.0.1:123456/cb?x=1',
    'http://127.0.0.1:65536/cb?x=1',
    'http://127.0.0.1:1x/cb?x=1',
    'http://127.0.0.1:1@evil.example/cb?x=1',
    'http://127.0.0.1@evil.example/cb?x=1',
    'http://127.0.0.1.evil.example/cb?x=1',
    'http://127.0.0.2:1/cb?x=1',
    'http://127.1:1/cb?x=1',
    'http://localhost:1/cb?x=1',
    'https://127.0.0.1:1/cb?x=1',
    'HTTP://127.0.0.1:1/cb?x=1',
    'http://[::1]:4000/',
    'http://[0:0:0:0:0:0:0:1]:4000/cb',
    'http://[::1]:4000@evil.example/cb',
    'http://[::1]:80/cb\n',
    '',
  ])('security 3: %j is not registered', (uri) => {
    expect(isRegisteredRedirectUri(uri, of(registered))).toBe(false)
  })

  it('security 3: localhost matches only with the registered port', () => {
    const registered = ['http://localhost:4000/cb']
    expect(isRegisteredRedirectUri('http://localhost:4000/cb', of(registered))).toBe(true)
    expect(isRegisteredRedirectUri('http://localhost:4001/cb', of(registered))).toBe(false)
    expect(isRegisteredRedirectUri('http://127.0.0.1:4000/cb', of(registered))).toBe(false)
  })

  it('is false if nothing is registered', () => {
    expect(isRegisteredRedirectUri('https://a.example/cb', of([]))).toBe(false)
  })
})

describe('F31: a loopback URI of a confidential client', () => {
  const client = { type: 'confidential' as const, redirectUris: ['http://127.0.0.1:4000/cb'] }

  it('is compared with its port', () => {
    expect(isRegisteredRedirectUri('http://127.0.0.1:4000/cb', client)).toBe(true)
    expect(isRegisteredRedirectUri('http://127.0.0.1:4001/cb', client)).toBe(false)
    expect(isRegisteredRedirectUri('http://127.0.0.1/cb', client)).toBe(false)
  })
})

describe('F30: redirectUriProblem()', () => {
  it.each([
    ...['code', 'state', 'iss', 'error', 'error_description', 'error_uri'].map(
      (name) => `${name}=1`,
    ),
    'a=b&code=1',
    'code',
    'c%6fde=1',
    '%63%6f%64%65=1',
    'a=b;state=1',
    'state[]=1',
    'iss.a=1',
    '&&error=',
    '+code=1',
  ])('refuses the query %s, which is reserved for responses', (query) => {
    const message = /^has the parameter "\w+" in its query, which is reserved for responses$/
    expect(redirectUriProblem(`https://a.example/cb?${query}`)).toMatch(message)
    expect(redirectUriProblem(`com.example.app:/cb?${query}`)).toMatch(message)
  })

  it.each([
    'https://a.exämple/cb',
    'https://a.example/\u202egpj',
    'https://a.example/\ud800',
    'https://a.example/caf\u00e9',
    'https://\u0430.example/cb',
    'https://a.example/\u200b',
  ])('refuses %j, which is not ASCII', (uri) => {
    expect(redirectUriProblem(uri)).toMatch(/^has non-ASCII characters/)
  })

  it.each(['https://a.example/%zz', 'https://a.example/cb?x=%', 'https://a.example/%4'])(
    'refuses %s, whose percent-encoding is malformed',
    (uri) => {
      expect(redirectUriProblem(uri)).toBe('has a percent sign without two hexadecimal digits')
    },
  )

  it.each([
    'http://127.1/cb',
    'http://2130706433/cb',
    'http://0x7f000001/cb',
    'http://0177.0.0.1/cb',
    'http://127.0.0.1./cb',
    'http://%6cocalhost/cb',
    'http://LOCALHOST/cb',
    'http://@localhost/cb',
    'http://localhost.:1/cb',
    'http://localhost.evil.example/cb',
    'http://[0:0:0:0:0:0:0:1]/cb',
    'http://[::ffff:127.0.0.1]/cb',
  ])('refuses %s, which is loopback only after parsing', (uri) => {
    expect(redirectUriProblem(uri)).toMatch(/^(is neither https nor loopback|has a user name)/)
  })

  it('refuses an empty user name', () => {
    expect(redirectUriProblem('https://@a.example/cb')).toBe('has a user name or password')
  })

  it.each(['https://a.example/cb%00', 'https://a.example/cb?x=%00', 'com.example:/%00'])(
    'refuses %s, which has a null character',
    (uri) => {
      expect(redirectUriProblem(uri)).toBe('has an encoded null character')
    },
  )

  it.each([
    'https://a.example/../cb',
    'https://a.example/a/./cb',
    'https://a.example/a/..',
    'https://a.example/%2e%2E/cb',
    'https://a.example/.%2e/cb?x=1',
    'http://127.0.0.1:1/%2e/cb',
    'com.example:/../cb',
  ])('refuses %s, whose path a browser would change', (uri) => {
    expect(redirectUriProblem(uri)).toBe('has a "." or ".." segment in its path')
  })

  it('refuses a URI that is longer than a request may send', () => {
    const longest = 'https://a.example/'.padEnd(8192, 'a')
    expect(redirectUriProblem(longest)).toBeUndefined()
    expect(redirectUriProblem(`${longest}a`)).toBe('is longer than 8192 characters')
  })

  it.each([
    'https://a.example/cb',
    'http://localhost:4000/cb',
    'http://localhost',
    'http://127.0.0.1?x=1',
    'http://[::1]:80/cb',
    'https://a.example/.well-known/a..b/...?x=/../',
    'com.example.app:/cb',
    'https://a.example/cb?at=me@a.example',
    'https://a.example/code?tenant=state',
    'https://a.example/cb?codes=1&my_state=2',
    'https://xn--e1awd7f.example/caf%C3%A9?x=%20',
    'http://127.0.0.1/cb?x=1',
  ])('accepts %s', (uri) => {
    expect(redirectUriProblem(uri)).toBeUndefined()
  })
})

describe('withParameters()', () => {
  it.each([
    ['https://a.example', 'https://a.example?code=1&state=2'],
    ['https://a.example/', 'https://a.example/?code=1&state=2'],
    ['https://a.example/?', 'https://a.example/?code=1&state=2'],
    ['https://a.example/?x=y', 'https://a.example/?x=y&code=1&state=2'],
    ['https://a.example/?x=y&', 'https://a.example/?x=y&code=1&state=2'],
    ['https://a.example/?x=%20+', 'https://a.example/?x=%20+&code=1&state=2'],
    ['com.example.app:/cb', 'com.example.app:/cb?code=1&state=2'],
    ['https://a.example/#f?', 'https://a.example/?code=1&state=2#f?'],
  ])('adds parameters to %s', (uri, expected) => {
    expect(withParameters(uri, { code: '1', state: '2', iss: undefined })).toBe(expected)
  })

  it.each(['+', '&=%#?', 'ä✓𝄞', ' ', '\r\n', '%20'])(
    'encodes %j so that it decodes to the same text',
    (value) => {
      const url = new URL(withParameters('https://a.example/', { state: value, last: 'x' }))
      expect([...url.searchParams]).toEqual([
        ['state', value],
        ['last', 'x'],
      ])
    },
  )
})
