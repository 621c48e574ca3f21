import { clientIdUrlProblem, clientInDocument } from '../../src/protocol/client-document'
import { RefusedDocumentError } from '../../src/http/fetch-errors'
import { testKey } from '../support/assertions'

const url = 'https://client.example/app.json'
const policy = {
  scopes: ['read'],
  grantTypes: ['authorization_code', 'refresh_token'],
  authMethods: ['none', 'private_key_jwt'],
  privateUseSchemes: [],
} as const
const callback = 'https://client.example/callback'

function clientIn(members: Record<string, unknown>) {
  return clientInDocument(
    url,
    { client_id: url, redirect_uris: [callback], ...members },
    policy,
    1_800_000_000_000,
  )
}

describe('the URL of a client document', () => {
  it.each([
    ['a path', url],
    ['a port', 'https://client.example:8443/app'],
    ['a query', 'https://client.example/app?v=1'],
    ['a path of one character', 'https://client.example/a'],
    ['a trailing slash', 'https://client.example/app/'],
    ['an address as host', 'https://192.0.2.1/app'],
    ['an IPv6 address as host', 'https://[2001:db8::1]/app'],
    ['a host in Punycode', 'https://xn--bcher-kva.example/app'],
    ['dots that are no segment', 'https://client.example/.../a.b'],
    ['255 characters', url.padEnd(255, 'a')],
  ])('may have %s', (_what, id) => {
    expect(clientIdUrlProblem(id)).toBeUndefined()
  })

  it.each([
    ['http', 'http://client.example/app'],
    ['another scheme', 'ftp://client.example/app'],
    ['no host', 'https:///'],
    ['no path', 'https://client.example'],
    ['a path that is only a slash', 'https://client.example/'],
    ['only a query', 'https://client.example?app'],
    ['a fragment', `${url}#a`],
    ['an empty fragment', `${url}#`],
    ['a username', 'https://user@client.example/app'],
    ['an empty username', 'https://@client.example/app'],
    ['a password', 'https://user:secret@client.example/app'],
    ['a host before an at sign', 'https://bank.example@client.example/app'],
    ['a dot segment', 'https://client.example/a/./b'],
    ['a dot segment at the end', 'https://client.example/a/.'],
    ['a double-dot segment', 'https://client.example/a/../b'],
    ['an encoded dot segment', 'https://client.example/a/%2e/b'],
    ['an encoded double-dot segment', 'https://client.example/a/%2E./b'],
    ['a backslash', 'https://client.example\\app'],
    ['a wildcard in its path', 'https://client.example/*'],
    ['a wildcard in its host', 'https://*.example/app'],
    ['the default port', 'https://client.example:443/app'],
    ['upper case in its host', 'https://Client.example/app'],
    ['upper case in its scheme', 'HTTPS://client.example/app'],
    ['a host that ends with a dot', 'https://client.example./app'],
    ['a host in Unicode', 'https://bücher.example/app'],
    ['a host with fullwidth letters', 'https://ｃlient.example/app'],
    ['an address as one number', 'https://2130706433/app'],
    ['an address in octal', 'https://0177.0.0.1/app'],
    ['an address in hexadecimal', 'https://0x7f.1/app'],
    ['an IPv6 address in another form', 'https://[0:0:0:0:0:0:0:1]/app'],
    ['a space', 'https://client.example/a b'],
    ['a space before it', ` ${url}`],
    ['a line break', 'https://client.example/a\nb'],
    ['a tab in its host', 'https://cli\tent.example/app'],
    ['a NUL', 'https://client.example/a\0'],
    ['a path in Unicode', 'https://client.example/ü'],
    ['a missing slash', 'https:/client.example/app'],
    ['no slashes', 'https:client.example/app'],
    ['an invalid port', 'https://client.example:99999/app'],
    ['256 characters', url.padEnd(256, 'a')],
  ])('must not have %s', (_what, id) => {
    expect(clientIdUrlProblem(id)).toEqual(expect.any(String))
  })
})

describe('clientInDocument()', () => {
  it('returns a public client that needs PKCE and has the scopes of the server', () => {
    const client = clientIn({
      client_name: 'Album',
      client_uri: 'https://client.example',
      scope: 'read write',
      grant_types: ['authorization_code', 'refresh_token'],
      application_type: 'native',
    })
    expect(client).toEqual({
      id: url,
      version: '',
      secretHash: null,
      type: 'public',
      authMethod: 'none',
      requirePkce: true,
      redirectUris: [callback],
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['read'],
      name: 'Album',
      registration: {
        method: 'document',
        issuedAt: 1_800_000_000_000,
        clientUri: 'https://client.example',
      },
    })
  })

  it('ignores grant types that this server does not offer to such clients', () => {
    const named = ['authorization_code', 'client_credentials', 'urn:example:device', 'password']
    expect(clientIn({ grant_types: named }).grantTypes).toEqual(['authorization_code'])
  })

  it('accepts keys, with which the client is confidential', () => {
    const { publicKey } = testKey()
    const method = { token_endpoint_auth_method: 'private_key_jwt' }
    expect(clientIn({ ...method, jwks: { keys: [publicKey] } })).toMatchObject({
      type: 'confidential',
      authMethod: 'private_key_jwt',
      requirePkce: true,
      jwks: { keys: [publicKey] },
    })
    const jwksUri = 'https://client.example/jwks.json'
    expect(clientIn({ ...method, jwks_uri: jwksUri })).toMatchObject({ jwksUri })
  })

  it('cannot set what only the server decides', () => {
    const wanted = {
      id: 'admin',
      type: 'confidential',
      scopes: null,
      version: '1',
      secretHash: 'a',
      introspectsAll: true,
      userId: 'user-1',
      requirePkce: false,
      require_pkce: false,
      registration: { method: 'dynamic' },
      accessTokenLifetime: null,
      __proto__: { isAdmin: true },
    }
    const document = JSON.parse(
      `{"__proto__":{"introspectsAll":true},${JSON.stringify(wanted).slice(1)}`,
    )
    const client = clientIn(document)
    expect(client).toEqual(clientIn({}))
    expect('introspectsAll' in client).toBe(false)
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['another client_id', { client_id: `${url}?a` }, 'client_id'],
    [
      'the URL with the default port',
      { client_id: 'https://client.example:443/app.json' },
      'client_id',
    ],
    ['no client_id', { client_id: undefined }, 'client_id'],
    ['a list of client ids', { client_id: [url] }, 'client_id'],
    ['a secret', { client_secret: 'secret' }, 'client_secret'],
    ['a secret that is null', { client_secret: null }, 'client_secret'],
    ['the expiry of a secret', { client_secret_expires_at: 0 }, 'client_secret_expires_at'],
    ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic' }, 'must be none'],
    ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post' }, 'must be none'],
    ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }, 'must be none'],
    ['a list of methods', { token_endpoint_auth_method: ['none'] }, 'must be none'],
    ['private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }, 'jwks'],
    [
      'a symmetric key',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] },
      },
      'jwks',
    ],
    [
      'a private key',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [testKey().privateKey] } },
      'jwks',
    ],
    [
      'keys at a URL that is not https',
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://client.example/jwks' },
      'jwks_uri',
    ],
    ['no redirect URI', { redirect_uris: [] }, 'redirect_uris'],
    ['redirect URIs that are missing', { redirect_uris: undefined }, 'redirect_uris'],
    [
      'a redirect URI with javascript:',
      { redirect_uris: ['javascript:alert(1)//a.b'] },
      'redirect_uris',
    ],
    ['a redirect URI with http', { redirect_uris: ['http://client.example/cb'] }, 'redirect_uris'],
    [
      'a redirect URI with a wildcard',
      { redirect_uris: ['https://*.example/cb'] },
      'redirect_uris',
    ],
    ['an unknown scheme', { redirect_uris: ['cursor://callback'] }, 'privateUseSchemes'],
    ['only client credentials', { grant_types: ['client_credentials'] }, 'grant_types'],
    ['another response type', { response_types: ['token'] }, 'response_types'],
    ['a name that is not text', { client_name: { en: 'Album' } }, 'client_name'],
    ['a name that turns the text around', { client_name: 'Album \u202e' }, 'client_name'],
    ['a page with javascript:', { client_uri: 'javascript:alert(1)' }, 'client_uri'],
  ])('refuses %s', (_what, members, says) => {
    expect(() => clientIn(members)).toThrow(RefusedDocumentError)
    expect(() => clientIn(members)).toThrow(says)
  })

  it.each([null, 'text', 7, [], [{ client_id: url }], true])(
    'refuses %p as a document',
    (document) => {
      expect(() => clientInDocument(url, document, policy, 0)).toThrow(RefusedDocumentError)
    },
  )
})
