import { createClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { clientOf } from '../../src/admin/create-client'
import type { Client } from '../../src/contract/store'
import { InvalidClientMetadataError, InvalidRedirectUriError } from '../../src/errors/errors'
import {
  type MetadataPolicy,
  describedClient,
  metadataOf,
} from '../../src/protocol/client-metadata'
import { newKey } from '../support/jwt'

const policy: MetadataPolicy = {
  scopes: ['profile', 'email'],
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  authMethods: ['client_secret_basic', 'none', 'client_secret_post', 'private_key_jwt'],
  privateUseSchemes: ['cursor'],
}
const least = { redirect_uris: ['https://app.example/callback'] }
const described = (members: object = {}, differences: Partial<MetadataPolicy> = {}) =>
  describedClient({ ...least, ...members }, { ...policy, ...differences })
const registrationOf = (members: object) => described(members).registration

function publicKey(more: object = {}) {
  const { d: _, ...key } = newKey({ kid: 'a' })
  return { ...key, ...more }
}

describe('the least metadata', () => {
  it('describes a confidential client with codes and all scopes of the policy', () => {
    expect(described()).toEqual({
      type: 'confidential',
      grantTypes: ['authorization_code'],
      redirectUris: least.redirect_uris,
      scopes: policy.scopes,
      registration: {},
    })
  })

  it('may have unknown members, null values and names of prototypes, which are ignored', () => {
    const metadata = JSON.parse(
      '{ "redirect_uris": ["https://app.example/callback"], "client_name": null, "x": { "y": [] },' +
        '"__proto__": { "client_name": "polluted" }, "constructor": 1, "application_type": "web" }',
    ) as object
    const client = describedClient(metadata, policy)
    expect(client).toEqual(described())
    expect(client.name).toBeUndefined()
    expect(({} as Record<string, unknown>)['client_name']).toBeUndefined()
  })
})

describe('each member of RFC 7591 2', () => {
  it.each([
    ['none', { type: 'public', authMethod: 'none' }],
    ['client_secret_basic', { type: 'confidential', authMethod: 'client_secret_basic' }],
    ['client_secret_post', { type: 'confidential', authMethod: 'client_secret_post' }],
  ])('token_endpoint_auth_method %s', (method, client) => {
    expect(described({ token_endpoint_auth_method: method })).toMatchObject(client)
  })

  it('token_endpoint_auth_method private_key_jwt, with jwks or jwks_uri', () => {
    const authMethod = 'private_key_jwt'
    const jwks = { keys: [publicKey()] }
    const jwksUri = 'https://app.example/jwks'
    const withKeys = (keys: object) =>
      described({ token_endpoint_auth_method: authMethod, ...keys })
    expect(withKeys({ jwks })).toMatchObject({ type: 'confidential', authMethod, jwks })
    expect(withKeys({ jwks_uri: jwksUri })).toMatchObject({ authMethod, jwksUri })
  })

  it('the first method of the policy is the default, and the only one that is set if no other is', () => {
    expect(described({}, { authMethods: ['none'] })).toMatchObject({ authMethod: 'none' })
    expect(described({}, { authMethods: ['client_secret_post', 'none'] })).toMatchObject({
      type: 'confidential',
      authMethod: 'client_secret_post',
    })
  })

  it('grant_types, as far as the policy has them', () => {
    const grant_types = ['authorization_code', 'refresh_token', 'implicit', 'refresh_token']
    expect(described({ grant_types }).grantTypes).toEqual(['authorization_code', 'refresh_token'])
  })

  it('redirect_uris, in any number up to 50, and without doubles', () => {
    const redirect_uris = Array.from({ length: 50 }, (_, n) => `https://app.example/${n % 49}`)
    expect(described({ redirect_uris }).redirectUris).toHaveLength(49)
  })

  it.each([
    ['http://127.0.0.1:3334/callback'],
    ['http://[::1]/callback'],
    ['http://localhost:8080/callback'],
    ['com.example.app:/callback'],
    ['cursor://callback'],
  ])('the redirect URI %s, also without application_type', (uri) => {
    expect(described({ redirect_uris: [uri] }).redirectUris).toEqual([uri])
  })

  it('require_pushed_authorization_requests (RFC 9126 6)', () => {
    const members = { require_pushed_authorization_requests: true }
    expect(described(members)).toMatchObject({ requirePushedAuthorizationRequests: true })
  })

  it('client_name and dpop_bound_access_tokens (RFC 9449 5.2)', () => {
    const members = { client_name: 'Ada’s app 🎈', dpop_bound_access_tokens: true }
    expect(described(members)).toMatchObject({ name: 'Ada’s app 🎈', dpopBoundAccessTokens: true })
  })

  it('pages, contacts and software', () => {
    expect(
      registrationOf({
        client_uri: 'https://app.example',
        logo_uri: 'https://app.example/logo.png',
        tos_uri: 'https://app.example/tos',
        policy_uri: 'http://app.example/policy',
        contacts: ['ada@app.example'],
        software_id: '4NRB1-0XZABZI9E6-5SM3R',
        software_version: '2.1',
      }),
    ).toEqual({
      clientUri: 'https://app.example',
      logoUri: 'https://app.example/logo.png',
      tosUri: 'https://app.example/tos',
      policyUri: 'http://app.example/policy',
      contacts: ['ada@app.example'],
      softwareId: '4NRB1-0XZABZI9E6-5SM3R',
      softwareVersion: '2.1',
    })
  })

  it('scope is not needed: the client may request all scopes of the policy', () => {
    expect(described({ scope: 'email other' }).scopes).toEqual(['profile', 'email'])
    expect(described({ scope: '' }, { scopes: null }).scopes).toBeNull()
  })
})

describe('metadata that is refused', () => {
  const nested = JSON.parse('['.repeat(9000) + ']'.repeat(9000)) as unknown
  const wrong: [string, object][] = [
    ['a method that is unknown', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['a method that is no text', { token_endpoint_auth_method: ['none'] }],
    ['a method from a prototype', { token_endpoint_auth_method: 'constructor' }],
    ['a grant type that is not offered', { grant_types: ['password'] }],
    ['refresh tokens alone', { grant_types: ['refresh_token'] }],
    ['no grant type', { grant_types: [] }],
    ['grant types that are no list', { grant_types: 'authorization_code' }],
    ['grant types that are no text', { grant_types: [{}] }],
    ['51 grant types', { grant_types: Array(51).fill('authorization_code') }],
    ['codes without the response type', { response_types: ['token'] }],
    ['response types that are no list', { response_types: { code: true } }],
    [
      'client credentials of a public client',
      { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
    ],
    ['a name that is too long', { client_name: 'x'.repeat(201) }],
    ['a name with a line break', { client_name: 'Good app\n(verified)' }],
    ['a name with a null character', { client_name: 'a\0b' }],
    ['a name that turns the text around it', { client_name: 'App \u202Elive.evil' }],
    ['a name with an isolate', { client_name: '\u2066App\u2069' }],
    ['a name with half a character', { client_name: '\ud800' }],
    ['a name that is a number', { client_name: 1 }],
    ['a name of spaces', { client_name: ' \u3000' }],
    ['a name without a visible character', { client_name: '\u3164\u200b\u{e0041}\u2800' }],
    ['a nested name', { client_name: nested }],
    ['a page with a script', { client_uri: 'javascript:alert(1)' }],
    ['an image with data', { logo_uri: 'data:image/svg+xml,<svg/>' }],
    ['a page that is relative', { tos_uri: '/tos' }],
    ['a page that is too long', { policy_uri: `https://app.example/${'x'.repeat(2048)}` }],
    ['21 contacts', { contacts: Array(21).fill('ada@app.example') }],
    ['a contact that is no text', { contacts: [null] }],
    ['a scope that is malformed', { scope: 'a  b' }],
    ['a scope that is a list', { scope: ['a'] }],
    ['a flag that is text', { dpop_bound_access_tokens: 'true' }],
    ['another flag that is text', { require_pushed_authorization_requests: 'true' }],
    ['a software id that is too long', { software_id: 'x'.repeat(501) }],
  ]
  const key = { token_endpoint_auth_method: 'private_key_jwt' }
  const wrongKeys: [string, object][] = [
    ['no keys', {}],
    ['keys twice', { jwks: { keys: [publicKey()] }, jwks_uri: 'https://app.example/jwks' }],
    ['a private key', { jwks: { keys: [newKey()] } }],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['an empty set', { jwks: { keys: [] } }],
    ['a set that is text', { jwks: '{"keys":[]}' }],
    ['a key with a nested member', { jwks: { keys: [publicKey({ x5c: [nested] })] } }],
    ['a key with an object', { jwks: { keys: [publicKey({ more: { a: 1 } })] } }],
    ['a key with a null character', { jwks: { keys: [publicKey({ more: 'a\0' })] } }],
    ['a key with half a character', { jwks: { keys: [publicKey({ more: '\udfff' })] } }],
    ['a long key', { jwks: { keys: [publicKey({ x5c: ['x'.repeat(17_000)] })] } }],
    ['keys at a plain URL', { jwks_uri: 'http://app.example/jwks' }],
    ['keys at a URL that is too long', { jwks_uri: `https://app.example/${'x'.repeat(2048)}` }],
    ['keys at no URL', { jwks_uri: 7 }],
  ]

  it.each([...wrong, ...wrongKeys.map(([what, more]) => [what, { ...key, ...more }] as const)])(
    '%s',
    (_what, members) => {
      expect(() => described(members)).toThrow(InvalidClientMetadataError)
    },
  )

  it.each([
    ['none', { redirect_uris: [] }],
    ['no list', { redirect_uris: 'https://app.example/callback' }],
    ['no text', { redirect_uris: [['https://app.example/callback']] }],
    ['10,000', { redirect_uris: Array(10_000).fill('https://app.example/callback') }],
    [
      'long ones',
      {
        redirect_uris: Array.from(
          { length: 9 },
          (_, n) => `https://app.example/${n}${'x'.repeat(2000)}`,
        ),
      },
    ],
    ['a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['a script with a dot', { redirect_uris: ['javascript:a.b'] }],
    ['data', { redirect_uris: ['data:text/html,x'] }],
    ['a wildcard', { redirect_uris: ['https://*.app.example/'] }],
    ['a fragment', { redirect_uris: ['https://app.example/#a'] }],
    ['plain http', { redirect_uris: ['http://app.example/'] }],
    ['a scheme that is not in the policy', { redirect_uris: ['vscode://callback'] }],
    ['a response parameter', { redirect_uris: ['https://app.example/?code=x'] }],
  ])('redirect URIs: %s', (_what, members) => {
    expect(() => described(members)).toThrow(InvalidRedirectUriError)
  })

  it.each([[undefined], [null], ['text'], [[]], [7]])('%j in place of an object', (metadata) => {
    expect(() => describedClient(metadata, policy)).toThrow(InvalidClientMetadataError)
  })
})

const accepted: [string, object][] = [
  ['the least metadata', {}],
  ['a public client', { token_endpoint_auth_method: 'none' }],
  ['client credentials', { grant_types: ['client_credentials'], redirect_uris: [] }],
  ['a key', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [publicKey()] } }],
  ['DPoP and pages', { dpop_bound_access_tokens: true, client_uri: 'https://app.example' }],
]

describe.each(accepted)('%s', (_what, members) => {
  it('describes a client that createClient() accepts', async () => {
    const { registration: _, ...client } = described(members)
    const options = { privateUseSchemes: policy.privateUseSchemes }
    await expect(createClient(memoryStore(), client, options)).resolves.toBeDefined()
  })

  it('is what metadataOf() returns, with the defaults', () => {
    const { registration, ...rest } = described(members)
    const client: Client = {
      ...clientOf(rest, [], 'test'),
      registration: { ...registration, method: 'dynamic', issuedAt: 0 },
    }
    const metadata = metadataOf(client)
    expect(metadata).toMatchObject({ ...least, ...members })
    const { scope: _, token_endpoint_auth_method: method, ...others } = metadata
    expect(described({ ...others, token_endpoint_auth_method: method })).toMatchObject({
      redirectUris: client.redirectUris,
      grantTypes: client.grantTypes,
      registration,
    })
  })
})
