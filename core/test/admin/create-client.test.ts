import {
  type NewClient,
  createClient,
  rotateClientSecret,
  updateClient,
  verifyPassword,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { sha256 } from '../../src/crypto/hash'

const redirectUris = ['https://client.example/callback']

describe('createClient()', () => {
  it('creates a confidential client for codes and refresh tokens by default', async () => {
    const store = memoryStore()
    const { client, secret } = await createClient(store, { redirectUris })
    expect(client).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      version: expect.stringMatching(/^[0-9a-f]{32}$/),
      secretHash: sha256(secret!),
      type: 'confidential',
      redirectUris,
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: [],
    })
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(await store.getClient(client.id)).toEqual(client)
  })

  it('generates a new id and a new secret for each client', async () => {
    const store = memoryStore()
    const made = await Promise.all([1, 2, 3].map(() => createClient(store, { redirectUris })))
    expect(new Set(made.flatMap(({ client, secret }) => [client.id, secret])).size).toBe(6)
  })

  it('creates a public client without a secret', async () => {
    const { client, secret } = await createClient(memoryStore(), { type: 'public', redirectUris })
    expect(secret).toBeNull()
    expect(client).toMatchObject({ secretHash: null, authMethod: 'none' })
  })

  it('keeps the given properties', async () => {
    const options: NewClient = {
      id: 'photo-album',
      name: 'Photo album',
      authMethod: 'client_secret_post',
      redirectUris,
      grantTypes: ['authorization_code', 'client_credentials'],
      scopes: null,
      userId: 'robot',
      accessTokenLifetime: null,
      refreshTokenLifetime: 60,
      resources: ['https://api.example'],
      introspectsAll: true,
      metadata: { logo: 'https://client.example/logo.png', contacts: ['ada'] },
    }
    const { client } = await createClient(memoryStore(), options)
    expect(client).toEqual({
      ...options,
      type: 'confidential',
      secretHash: expect.any(String),
      version: expect.any(String),
    })
  })

  it('hashes a chosen secret as a password', async () => {
    const { client, secret } = await createClient(memoryStore(), {
      redirectUris,
      secret: 'demo-web-secret',
    })
    expect(secret).toBe('demo-web-secret')
    expect(client.secretHash).toMatch(/^\$scrypt\$/)
    expect(await verifyPassword('demo-web-secret', client.secretHash!)).toBe(true)
  })

  it('hashes a chosen secret with the given `passwords`', async () => {
    const passwords = { hash: async (text: string) => `<${text}>`, verify: async () => true }
    const { client } = await createClient(
      memoryStore(),
      { redirectUris, secret: 'demo-web-secret' },
      { passwords },
    )
    expect(client.secretHash).toBe('<demo-web-secret>')
  })

  it('rejects with an Error if the id exists, and does not change that client', async () => {
    const store = memoryStore()
    const first = await createClient(store, { id: 'album', redirectUris })
    await expect(createClient(store, { id: 'album', redirectUris })).rejects.toThrow(
      'A client with the id "album" already exists',
    )
    expect(await store.getClient('album')).toEqual(first.client)
  })

  it('copies the given arrays', async () => {
    const store = memoryStore()
    const options = { redirectUris: [...redirectUris], scopes: ['profile'] }
    const { client } = await createClient(store, options)
    options.redirectUris.push('https://evil.example/')
    options.scopes.push('admin')
    expect(await store.getClient(client.id)).toMatchObject({ redirectUris, scopes: ['profile'] })
  })

  it.each<[string, object, RegExp]>([
    [
      'an unknown property',
      { redirect_uris: [] },
      /Unknown option "redirect_uris" of .*redirectUris/,
    ],
    ['a secret hash', { secretHash: 'x' }, /Unknown option "secretHash" of createClient/],
    ['an id that is not a string', { id: 7 }, /"id" must be a string/],
    ['an empty id', { id: '' }, /"id" must not be empty/],
    ['an over-long id', { id: 'a'.repeat(256) }, /"id" must have at most 255/],
    ['an id with NUL', { id: 'a\0' }, /"id"/],
    ['an id with a blank', { id: 'a b' }, /"id" must be printable ASCII/],
    ['an id beyond ASCII', { id: 'clïent' }, /"id" must be printable ASCII/],
    ['an id with %', { id: 'a%20b' }, /"id" must be printable ASCII without %/],
    ['an id with +', { id: 'a+b' }, /"id" must be printable ASCII without % and \+/],
    ['an id with a colon, which ends it in a Basic header', { id: 'a:b' }, /"id"/],
    [
      'an id with a colon and the Basic header',
      { id: 'https://client.example/app', authMethod: 'client_secret_basic' },
      /"id" of a client that may use client_secret_basic .* set another "authMethod"/,
    ],
    ['an empty user id', { userId: '' }, /"userId" must not be empty/],
    ['a user id that is not a string', { userId: 7 }, /"userId" must be a string/],
    ['a wrong format', { accessTokenFormat: 'JWT' }, /"accessTokenFormat" must be 'opaque' or/],
    [
      'a signed token that never expires',
      { accessTokenFormat: 'jwt', accessTokenLifetime: null },
      /"accessTokenLifetime" must be seconds .*RFC 9068/,
    ],
    ['a wrong type', { type: 'secret' }, /"type" must be 'confidential' or 'public'/],
    [
      'unknown method',
      { authMethod: 'tls_client_auth' as never },
      /"authMethod" of a confidential client/,
    ],
    ['the method none', { authMethod: 'none' }, /"authMethod" of a confidential client/],
    [
      'a public client with a method that needs a secret',
      { type: 'public', authMethod: 'client_secret_basic' },
      /"authMethod" of a public client must be none/,
    ],
    ['a secret of 7 characters', { secret: '1234567' }, /"secret" must have at least 8 characters/],
    ['a number as the secret', { secret: 12345678 }, /"secret" must have at least 8 characters/],
    ['a public client with a secret', { type: 'public', secret: '12345678' }, /"secret".*leave it/],
    [
      'a public client with client_credentials',
      { type: 'public', grantTypes: ['client_credentials'] },
      /"grantTypes" of a public client cannot include client_credentials/,
    ],
    ['codes and no redirect URI', { redirectUris: [] }, /"redirectUris" is empty.*add at least/],
    ['redirect URIs as one string', { redirectUris: redirectUris[0] }, /"redirectUris" must be/],
    [
      'a redirect URI that is not a string',
      { redirectUris: [7] },
      /"redirectUris" must be an array of strings/,
    ],
    ['grants as one string', { grantTypes: 'client_credentials' }, /"grantTypes" must be/],
    [
      'F40: a misspelt grant',
      { grantTypes: ['authorisation_code'] },
      /mean "authorization_code"\?/,
    ],
    [
      'F40: an unknown grant that is not a URI',
      { grantTypes: ['ticket'] },
      /"grantTypes" has the unknown value "ticket": use auth/,
    ],
    ['F40: a name that is not a string', { name: 42 }, /"name" must be text/],
    ['F40: a name with NUL', { name: 'a\0' }, /"name" must be text/],
    ['F40: a name with half a character', { name: '\ud800' }, /"name" must be text/],
    ['F40: metadata as a string', { metadata: 'x' }, /"metadata" must be a plain object/],
    ['F40: metadata with a BigInt', { metadata: { a: 1n } }, /"metadata" must be serializable/],
    ['F40: circular metadata', { metadata: circular() }, /"metadata" must be serializable/],
    ['a grant that is not a string', { grantTypes: [7] }, /"grantTypes"/],
    ['scopes as one string', { scopes: 'profile' }, /"scopes" must be/],
    ['a scope with a blank', { scopes: ['profile email'] }, /"scopes" has "profile email"/],
    ['an empty scope', { scopes: [''] }, /"scopes" has ""/],
    ['a scope with a quote', { scopes: ['a"b'] }, /"scopes" has/],
    ['a scope that is not a string', { scopes: [7] }, /"scopes" must be an array of strings/],
    ['a negative lifetime', { accessTokenLifetime: -1 }, /"accessTokenLifetime" must be seconds/],
    ['a lifetime as a string', { refreshTokenLifetime: '1' }, /"refreshTokenLifetime" must be/],
    ['a lifetime of NaN', { accessTokenLifetime: Number.NaN }, /"accessTokenLifetime"/],
    ['a lifetime of Infinity', { accessTokenLifetime: Infinity }, /must be seconds/],
  ])(
    'rejects %s with a TypeError that explains it, and saves nothing',
    async (_what, wrong, message) => {
      const store = memoryStore()
      const made = createClient(store, { redirectUris, ...wrong })
      await expect(made).rejects.toThrow(TypeError)
      await expect(made).rejects.toThrow(message)
      expect(await store.listClients({ limit: 9 })).toEqual([])
    },
  )

  it.each([
    ['/callback', 'is not an absolute URI'],
    ['client.example/callback', 'is not an absolute URI'],
    ['https://client.example/a b', 'is not an absolute URI'],
    ['https://client.example/\r\nSet-Cookie:a=b', 'is not an absolute URI'],
    ['https://client.example\\a', 'is not an absolute URI'],
    ['https://', 'is not an absolute URI'],
    ['https:client.example', 'is not an absolute URI'],
    ['https://client.example/#fragment', 'has a fragment'],
    ['https://client.example/#', 'has a fragment'],
    ['https://user:password@client.example/', 'has a user name or password'],
    ['https://client.example@evil.example/', 'has a user name or password'],
    ['http://client.example/', 'is neither https nor loopback'],
    ['http://127.0.0.1.evil.example/', 'is neither https nor loopback'],
    ['javascript:alert(1)', 'has a scheme that is never allowed'],
    ['data:text/html,x', 'has a scheme that is never allowed'],
    ['file:///etc/passwd', 'has a scheme that is never allowed'],
    ['JavaScript:alert(1)', 'has a scheme that is never allowed'],
    ['vbscript:x', 'has a scheme that is never allowed'],
    ['blob:https://client.example/1', 'has a scheme that is never allowed'],
    ['about:blank', 'has a scheme that is never allowed'],
    ['myapp://callback', 'neither https nor a reversed domain name'],
    ['https://*.vercel.app/cb', 'has a wildcard'],
    ['https://client.example/*', 'has a wildcard'],
    ['http://localhost:*/cb', 'is not an absolute URI'],
  ])('security 3: rejects the redirect URI %j: it %s', async (uri, problem) => {
    const made = createClient(memoryStore(), { redirectUris: [...redirectUris, uri] })
    await expect(made).rejects.toThrow(TypeError)
    await expect(made).rejects.toThrow(problem)
  })

  it.each([
    'https://client.example',
    'https://client.example:8443/a/b?c=d&e=%20',
    'http://localhost:4000/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:4000/callback',
    'com.example.app:/callback',
    'com.example.app://callback',
  ])('security 3: accepts the redirect URI %s', async (uri) => {
    const { client } = await createClient(memoryStore(), { redirectUris: [uri] })
    expect(client.redirectUris).toEqual([uri])
  })

  it.each(['cursor://anysphere.cursor-deeplink/cb', 'vscode://ext/cb', 'cursor:/cb', 'cursor:cb'])(
    'accepts the redirect URI %s if its scheme is listed, and keeps it in later changes',
    async (uri) => {
      const store = memoryStore()
      const listed = { privateUseSchemes: ['cursor', 'vscode'] }
      await expect(createClient(store, { redirectUris: [uri] })).rejects.toThrow(
        'list it in the option "privateUseSchemes"',
      )
      const { client } = await createClient(store, { redirectUris: [uri] }, listed)
      const { name } = await updateClient(store, client.id, { name: 'Editor' })
      expect(name).toBe('Editor')
      const changed = ['zed://cb']
      await expect(updateClient(store, client.id, { redirectUris: changed })).rejects.toThrow(
        TypeError,
      )
      await updateClient(
        store,
        client.id,
        { redirectUris: changed },
        { privateUseSchemes: ['zed'] },
      )
    },
  )

  it.each(['javascript', 'data', 'file', 'blob', 'about', 'vbscript', 'http', 'Cursor', 'cursor:'])(
    'refuses %j as a private-use scheme',
    async (scheme) => {
      const made = createClient(memoryStore(), { redirectUris }, { privateUseSchemes: [scheme] })
      await expect(made).rejects.toThrow('"privateUseSchemes" must be an array')
    },
  )

  it('creates a client without redirect URIs if it does not use codes', async () => {
    const { client } = await createClient(memoryStore(), { grantTypes: ['client_credentials'] })
    expect(client.redirectUris).toEqual([])
  })

  it('accepts a URL as the id of a client with keys, which sends no Basic header', async () => {
    const id = 'https://client.example/app.json'
    const jwksUri = 'https://client.example/jwks.json'
    const keys = { authMethod: 'private_key_jwt', jwksUri } as const
    const { client } = await createClient(memoryStore(), { id, ...keys, redirectUris })
    expect(client).toMatchObject({ id, type: 'confidential' })
  })

  it('accepts a URL as the id of a public client, which sends no Basic header', async () => {
    const id = 'https://client.example/metadata.json'
    const { client } = await createClient(memoryStore(), { id, type: 'public', redirectUris })
    expect(client.id).toBe(id)
  })
})

describe('F6: a chosen secret whose hash looks like that of a generated secret', () => {
  const passwords = { hash: async (text: string) => sha256(text), verify: async () => true }

  it('is rejected by createClient()', async () => {
    const options = { redirectUris, secret: 'demo-web-secret' }
    await expect(createClient(memoryStore(), options, { passwords })).rejects.toThrow(
      /64 lowercase hexadecimal digits are reserved for generated secrets/,
    )
  })

  it('is rejected by rotateClientSecret(), which keeps the old secret', async () => {
    const store = memoryStore()
    const { client } = await createClient(store, { redirectUris })
    const rotating = rotateClientSecret(store, client.id, { secret: 'demo-web-secret', passwords })
    await expect(rotating).rejects.toThrow(TypeError)
    expect(await store.getClient(client.id)).toEqual(client)
  })

  it.each([undefined, null, '', 42, {}])(
    'is rejected if `passwords.hash` returns %p',
    async (hash) => {
      const broken = { hash: async () => hash as never, verify: async () => true }
      const options = { redirectUris, secret: 'demo-web-secret' }
      await expect(createClient(memoryStore(), options, { passwords: broken })).rejects.toThrow(
        /"passwords.hash" must return the hash as text/,
      )
    },
  )
})

function circular(): object {
  const metadata: Record<string, unknown> = {}
  metadata['self'] = metadata
  return metadata
}
