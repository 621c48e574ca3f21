import type { Client, ClientRegistration, JsonWebKeySet, User } from '@oauth2-kit/core'
import { aClient, aUser, anId } from './given'

// Clients and users with values that a careless conversion changes.

/** Text that databases and languages like to change: each is one kind of change. */
export const texts: Readonly<Record<string, string>> = {
  'composed and decomposed letters': 'é e\u0301 Å Å \ufb01 ſ',
  'spaces and line ends': ' a  b\t\r\n c \n',
  'characters without a glyph': '\ufeff\u200b\u00a0\u2028\u0001\u007f',
  'four-byte characters': '😀 \u{1f468}\u200d\u{1f469} \u{10ffff}',
  'a date': '2027-01-15T08:00:00.000Z',
  'a number': '0123',
  'an exponent': '1e3',
  'a literal': 'null',
  quotes: `'"\\\`$1%_&amp;%20+`,
  'a comma': 'a,b;c|d',
  'upper case': 'HTTPS://Client.EXAMPLE:443/CB/?Q=%c3%A9#',
}

/** Metadata with every kind of JSON value, and text that looks like another type. */
function metadata(): Record<string, unknown> {
  return {
    ...texts,
    'a.b': { 'c.d': '$e' },
    Upper: { Case: 1 },
    values: Object.values(texts),
    nested: { list: [3, 1, 2, 'two', null, { three: true, none: null }], empty: {}, zero: 0 },
    numbers: [0, 0.1, -1, 1e21, 1e-7, 2 ** 53 - 1, 123_456_789_012],
    no: false,
    nul: 'a\u0000b',
    blank: '',
    nothing: null,
    list: [],
    // Names that formats and libraries give a meaning.
    named: { $ref: 'a', $id: 'b', constructor: 'c', toJSON: 'e', length: 0, _id: 7 },
    typed: [{ _bsontype: 'ObjectId' }, { $date: 'f' }, { $numberLong: '1' }, { $oid: 'g' }],
  }
}

/** Returns clients that differ from each other in every optional member. */
export function richClients(): Client[] {
  const all = Object.values(texts)
  return [
    aClient({
      authMethod: 'client_secret_post',
      secretHash: ` ${all.join('')} `,
      previousSecretHash: ` ${all.join('')}`,
      previousSecretExpiresAt: 4_102_444_800_001,
      // Neither sorted nor unique, and with separators of lists.
      redirectUris: [
        'https://z.example/',
        '',
        ...all,
        'https://a.example/',
        'https://a.example',
        '',
      ],
      grantTypes: ['refresh_token', '', 'password', 'Password', 'password', ...all],
      scopes: ['write', 'read', '', 'b,a', 'Read', 'read', ...all],
      resources: ['urn:example:z', 'https://API.example/', '', 'https://api.example', '', ...all],
      name: all.join('').repeat(3),
      userId: texts['composed and decomposed letters']!,
      accessTokenLifetime: 0,
      refreshTokenLifetime: 315_360_000,
      introspectsAll: true,
      allowedResources: ['urn:example:z', 'https://API.example/', '', ...all, 'urn:example:z'],
      requirePkce: true,
      refreshTokenRotation: true,
      accessTokenFormat: 'jwt',
      dpopBoundAccessTokens: true,
      requirePushedAuthorizationRequests: true,
      metadata: metadata(),
    }),
    aClient({
      secretHash: '0123',
      previousSecretHash: '0123',
      previousSecretExpiresAt: 0,
      redirectUris: [],
      grantTypes: [],
      scopes: [],
      resources: [],
      name: '',
      userId: '0123',
      accessTokenLifetime: 0.5,
      refreshTokenLifetime: 0,
      introspectsAll: false,
      allowedResources: [],
      requirePkce: false,
      refreshTokenRotation: false,
      accessTokenFormat: 'opaque',
      dpopBoundAccessTokens: false,
      requirePushedAuthorizationRequests: false,
      metadata: {},
    }),
    aClient({
      type: 'public',
      secretHash: null,
      authMethod: 'none',
      scopes: null,
      userId: '1e3',
      accessTokenLifetime: null,
      refreshTokenLifetime: null,
    }),
    aClient({
      secretHash: null,
      authMethod: 'private_key_jwt',
      jwks: {
        keys: [
          { kty: 'EC', crv: 'P-256', x: '-_AA', y: '0123', kid: all.join(''), key_ops: ['verify'] },
          { kty: 'RSA', n: 'AQAB'.repeat(300), e: 'AQAB' },
        ],
      },
    }),
    aClient({
      secretHash: null,
      authMethod: 'private_key_jwt',
      jwksUri: `https://client.example/${all.join('')}`,
    }),
    // A key set is JSON of others, with any members.
    aClient({ secretHash: null, jwks: { ...metadata(), keys: [metadata()] } }),
    aClient({ secretHash: null, jwks: {} as JsonWebKeySet }),
    ...['1e3', 'null', ' https://client.example/ '].map((jwksUri) =>
      aClient({ secretHash: null, jwksUri }),
    ),
    ...all.map((text) => aClient({ name: text, userId: text, accessTokenLifetime: 315_360_000 })),
    aClient({
      registration: {
        ...metadata(),
        method: 'dynamic',
        issuedAt: 4_102_444_800_001,
        usedAt: 0,
        accessTokenHash: '0123',
        contacts: all,
        softwareVersion: '1e3',
      },
    }),
    aClient({ registration: {} as ClientRegistration }),
    aClient({ userId: 'u'.repeat(255), refreshTokenLifetime: 0.25 }),
    aClient({
      secretHash: 'null',
      previousSecretHash: 'null',
      previousSecretExpiresAt: 4_102_444_800_000,
      scopes: [''],
      name: 'null',
      accessTokenLifetime: 3600,
      refreshTokenLifetime: 1,
    }),
  ]
}

/** Returns users that differ from each other in every optional member. */
export function richUsers(): User[] {
  return [
    aUser({ metadata: metadata(), passwordHash: ` ${Object.values(texts).join('')} ` }),
    aUser({ metadata: {}, passwordHash: '' }),
    aUser({ username: anId('name').padEnd(255, 'x') }),
    ...['0123', '1e3', 'null'].map((passwordHash) => aUser({ passwordHash })),
    ...Object.values(texts).map((text) => aUser({ username: `${text}${anId('name')}${text}` })),
  ]
}
