import { isRegisteredRedirectUri, withParameters } from '../../src/security/redirect-uri'

describe('isRegisteredRedirectUri()', () => {
  const registered = ['https://a.example/cb', 'http://127.0.0.1/cb?x=1', 'http://[::1]:80/cb']

  it.each(registered)('%s is', (uri) => {
    expect(isRegisteredRedirectUri(uri, registered)).toBe(true)
  })

  it.each([
    'http://127.0.0.1:1/cb?x=1',
    'http://127.0.0.1:65535/cb?x=1',
    'http://[::1]/cb',
    'http://[::1]:4000/cb',
  ])('security 3: the loopback URI %s is, on a port of its own', (uri) => {
    expect(isRegisteredRedirectUri(uri, registered)).toBe(true)
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
  ])('security 3: %j is not', (uri) => {
    expect(isRegisteredRedirectUri(uri, registered)).toBe(false)
  })

  it('security 3: localhost has one port, that which was registered', () => {
    const registered = ['http://localhost:4000/cb']
    expect(isRegisteredRedirectUri('http://localhost:4000/cb', registered)).toBe(true)
    expect(isRegisteredRedirectUri('http://localhost:4001/cb', registered)).toBe(false)
    expect(isRegisteredRedirectUri('http://127.0.0.1:4000/cb', registered)).toBe(false)
  })

  it('is nothing where nothing is registered', () => {
    expect(isRegisteredRedirectUri('https://a.example/cb', [])).toBe(false)
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
  ])('adds them to %s', (uri, expected) => {
    expect(withParameters(uri, { code: '1', state: '2', iss: undefined })).toBe(expected)
  })

  it.each(['+', '&=%#?', 'ä✓𝄞', ' ', '\r\n', '%20'])(
    'encodes %j so that it comes back',
    (value) => {
      const url = new URL(withParameters('https://a.example/', { state: value, last: 'x' }))
      expect([...url.searchParams]).toEqual([
        ['state', value],
        ['last', 'x'],
      ])
    },
  )
})
