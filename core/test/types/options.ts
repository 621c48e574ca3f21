// Checked by the compiler and never run: the options of oauthserver().

import { generateKeyPairSync, type webcrypto } from 'node:crypto'
import oauthserver, {
  type Limiter,
  type ModelOptions,
  type Options,
  type Passwords,
  type StoreOptions,
  type Users,
  keysFromFile,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import type { JWK } from 'jose'

const store = memoryStore()
const model = store

export const all: Required<Omit<StoreOptions, 'model'>> = {
  store,
  profile: 'oauth2.1',
  grants: ['authorization_code'] as const,
  issuer: 'https://auth.example',
  resources: ['https://api.example', { resource: 'urn:api', accessTokenFormat: 'jwt' }] as const,
  keys: keysFromFile('keys.json'),
  accessTokenFormat: 'jwt',
  accessTokenLifetime: null,
  refreshTokenLifetime: 60,
  authCodeLifetime: null,
  deviceCodeLifetime: 300,
  verificationUri: 'https://example.com/tv',
  grantLifetime: null,
  refreshGrace: 0,
  rotationsPerHour: null,
  requirePkce: false,
  requirePushedAuthorizationRequests: true,
  dpop: {
    nonceSecret: ['x'.repeat(32)] as const,
    proofLifetime: 60,
    url: (req) => `https://api.example${req.url}`,
  },
  allowInsecureIssuer: true,
  anyLocalhostPort: true,
  clientIdRegex: /./,
  debug: ({ code, error, error_description }) => [code, error, error_description],
  passthroughErrors: true,
  continueAfterResponse: true,
  storeTimeout: 1,
  users: {},
  limiter: {
    take: async ({ clientId, username, address }) =>
      clientId === username || address === undefined
        ? { allowed: true, giveBack: async () => {}, problem: new Error('away') }
        : { allowed: false, retryAfterSeconds: 60 },
  },
  clientAddress: (req) => req.socket.remoteAddress,
  passwords: { hash: async (text) => text, verify: async (text, hash) => text === hash },
  scopes: ({ scopes, user }) => (user?.['isAdmin'] ? scopes : ['profile']),
  claims: async ({ grant, client }) => ({ tenant: grant.metadata?.['tenant'], app: client.name }),
  generateToken: (type, req, { expiresAt }) =>
    type === 'accessToken' && expiresAt !== null ? (req.url ?? null) : null,
  extendedGrant: async (grantType, req) => ({ id: `${grantType}${req['body']}` }),
  clientMetadata: {
    scopes: ['read'] as const,
    allow: async ({ hostname }, { request }) => hostname === request.headers['x-host'],
    fetch: (url, init) => fetch(url, { ...init, keepalive: false }),
    privateUseSchemes: ['cursor'] as const,
    cache: { leastSeconds: 0, mostSeconds: 60, entries: 1 },
  },
  trustedIssuers: [
    {
      issuer: 'https://partner.example',
      jwksUri: 'https://partner.example/jwks',
      user: async ({ iss, sub, exp, ...others }, { client, request }) =>
        others['hd'] === client.id && exp > 0 ? { id: `${iss} ${sub} ${request.url}` } : null,
      algorithms: ['ES256'] as const,
      audience: 'https://auth.example/oauth/token',
      singleUse: false,
    },
  ],
  fetchJwks: async (url) => ({ keys: [url] }),
  registration: {
    scopes: ['profile'] as const,
    open: false,
    initialAccessToken: ['x'.repeat(16)] as const,
    allow: async ({ metadata, client, hasInitialAccessToken, address, request }) =>
      hasInitialAccessToken && address === request.socket.remoteAddress
        ? metadata['software_id'] === client?.registration?.softwareId
        : false,
    grantTypes: ['authorization_code'] as const,
    authMethods: ['none', 'private_key_jwt'] as const,
    privateUseSchemes: ['cursor'] as const,
    softwareStatement: (statement, { metadata }) =>
      statement === '' ? null : { ...metadata, software_id: '7' },
    limiter: { take: async () => ({ allowed: true, giveBack: async () => {} }) },
  },
  now: Date.now,
}

declare const jwk: JWK
declare const own: webcrypto.CryptoKey
const { privateKey } = generateKeyPairSync('ed25519')
oauthserver({ store, keys: [jwk, own, privateKey] })
oauthserver({ store, keys: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } })
oauthserver({ store, keys: async () => [privateKey] })
oauthserver({ store }).authorise({ verify: 'signature', scope: 'read' })
// @ts-expect-error -- a PEM is text: createPrivateKey() reads it
oauthserver({ store, keys: ['-----BEGIN PRIVATE KEY-----'] })
// @ts-expect-error -- a key is in a list
oauthserver({ store, keys: privateKey })
// @ts-expect-error -- an unknown way
oauthserver({ store }).authorise({ verify: 'offline' })

// Without exactOptionalPropertyTypes, an option may be undefined.
oauthserver({ model, issuer: process.env['ISSUER'] })

// @ts-expect-error -- an option that does not exist
oauthserver({ model, accessTokenLifeTime: 3600 })
// @ts-expect-error -- a lifetime is not text
oauthserver({ model, accessTokenLifetime: '3600' })
// @ts-expect-error -- an unknown profile
oauthserver({ model, profile: 'oauth2' })
// @ts-expect-error -- 0 turns it off, not null
oauthserver({ model, refreshGrace: null })
// @ts-expect-error -- grants are an array, even a single one
oauthserver({ model, grants: 'password' })
// @ts-expect-error -- a token is text
oauthserver({ model, generateToken: () => 7 })
// @ts-expect-error -- a user has an id
oauthserver({ model, extendedGrant: () => ({ name: 'Ada' }) })

// A store may also be passed as `model`, with the same options.
oauthserver({ store, refreshGrace: 0 })
oauthserver({ model, refreshGrace: 0 })
oauthserver({ model: {} })
oauthserver({ model: {}, profile: 'v2', grants: ['password'] })
// @ts-expect-error -- a 2.4 model is not a store
oauthserver({ store: {} })
// @ts-expect-error -- not both
oauthserver({ store, model })
// @ts-expect-error -- this option needs a store
oauthserver({ model: {}, refreshGrace: 0 })
// @ts-expect-error -- this profile needs a store
oauthserver({ model: {}, profile: 'oauth2.1' })

export const onStore: Options = { store }
export const onModel: ModelOptions = { model: {} }

export const users: Users = {
  authenticate: async (username, password) => (username === password ? { id: 7 } : null),
  find: async (id) => ({ id, name: 'Ada' }),
}
// @ts-expect-error -- no user is null, not false
export const falseUsers: Users = { authenticate: async () => false }

// @ts-expect-error -- retryAfterSeconds is missing
export const rude: Limiter = { take: async () => ({ allowed: false }) }

// @ts-expect-error -- verify is missing
export const halfPasswords: Passwords = { hash: async (text) => text }
