import { type KeyObject, createPublicKey, generateKeyPairSync } from 'node:crypto'
import oauthserver, { OptionError } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { decodedJwt, encoded, newKey, signedBy } from '../support/jwt'
import { layers } from '../support/layers'
import {
  type Differences,
  type Provider,
  about,
  askForToken,
  issuer,
  me,
  meOffline,
  provider,
  refusal,
  signIn,
  tokensOf,
} from '../support/provider'
import { recorder } from './around'

const photos = 'https://api.example/photos'
const mail = 'https://api.example/mail'
const invalidToken = { status: 401, error: 'invalid_token' }

const key = newKey({ kid: 'k1' })
const signing: Differences = { keys: [key], accessTokenFormat: 'jwt' }

describe.each(layers)("authorise({ verify: 'signature' }) on $version", ({ layer }) => {
  it('accepts a signed token without a call of the store or of users.find', async () => {
    const { calls, through } = recorder()
    let lookUps = 0
    const find = async () => ({ looked: ++lookUps })
    const at = await provider({ layer }, { ...signing, through, users: { find } })
    const { access_token } = await signIn(at, at.web, { scope: 'profile' })
    calls.length = lookUps = 0
    const { status, body } = await meOffline(at, access_token)
    expect([status, calls, lookUps]).toEqual([200, [], 0])
    expect(body).toEqual({
      user: { id: at.user.id },
      bearerToken: {
        clientId: at.web.id,
        userId: at.user.id,
        expires: new Date(at.clock.at + 3_600_000).toISOString(),
        scope: 'profile',
      },
      grant: null,
      scope: 'profile',
      claims: decodedJwt(access_token).claims,
    })
  })

  it('sets the same details as with the store, apart from the grant and the claims', async () => {
    const at = await provider({ layer }, { ...signing, resources: [photos, mail] })
    const { access_token } = await signIn(at, at.web)
    const { claims, ...offline } = (await meOffline(at, access_token)).body
    const { grant, ...stored } = (await me(at, access_token)).body
    expect(offline).toEqual({ ...stored, grant: null })
    expect([claims.sub, grant.userId]).toEqual([at.user.id, at.user.id])
    expect(offline.resource).toEqual([photos, mail])
  })

  it("sets no user for a client's own token", async () => {
    const at = await provider({ layer }, signing)
    const answer = await askForToken(at, at.web, { grant_type: 'client_credentials' })
    const { body } = await meOffline(at, tokensOf(answer).access_token)
    expect(body).not.toHaveProperty('user')
    expect(body.bearerToken).toMatchObject({ clientId: at.web.id, userId: null })
  })

  it('checks the scope and the resource', async () => {
    const at = await provider({ layer }, { ...signing, resources: [photos, mail] })
    const forPhotos = await signIn(at, at.web, { resource: photos, scope: 'profile' })
    const forMail = await signIn(at, at.web, { resource: mail, scope: 'email' })
    const statusAt = async (path: string, { access_token }: { access_token: string }) =>
      refusal(
        await request(at.app)
          .get(`/api/offline/${path}`)
          .set('Authorization', `Bearer ${access_token}`),
      )
    expect((await statusAt('resource', forPhotos)).status).toBe(200)
    expect(await statusAt('resource', forMail)).toEqual(invalidToken)
    expect((await statusAt('email', forMail)).status).toBe(200)
    expect(await statusAt('email', forPhotos)).toEqual({
      status: 403,
      error: 'insufficient_scope',
    })
  })

  it('accepts a revoked token until it expires, which is why the store is the default', async () => {
    const at = await provider({ layer }, signing)
    const { access_token } = await signIn(at, at.web)
    await about('revoke', at, at.web, access_token)
    expect(refusal(await me(at, access_token))).toEqual(invalidToken)
    expect((await meOffline(at, access_token)).status).toBe(200)
    at.clock.step(3_600_000 - 1)
    expect((await meOffline(at, access_token)).status).toBe(200)
    at.clock.step(1)
    const expired = await meOffline(at, access_token)
    expect(refusal(expired)).toEqual(invalidToken)
    expect(expired.headers['www-authenticate']).toContain('has expired')
  })

  it('refuses an opaque token', async () => {
    const at = await provider({ layer }, { ...signing, accessTokenFormat: 'opaque' })
    const { access_token } = await signIn(at, at.web)
    expect((await me(at, access_token)).status).toBe(200)
    expect(refusal(await meOffline(at, access_token))).toEqual(invalidToken)
  })

  it('tells "debug" that an opaque token is not a JWT', async () => {
    const texts: string[] = []
    const debug = ({ message }: Error) => texts.push(message)
    const at = await provider({ layer }, { ...signing, accessTokenFormat: 'opaque', debug })
    const { access_token } = await signIn(at, at.web)
    const answer = await meOffline(at, access_token)
    expect(answer.text).not.toContain('JWT')
    expect(texts).toEqual(["is not a JWT: verify: 'signature' accepts signed tokens only"])
  })

  it('accepts a token of a key that has not signed for a while, until it retires', async () => {
    const old = newKey({ kid: 'old' })
    let keys = [old]
    const at = await provider({ layer }, { ...signing, keys: () => keys })
    const { access_token } = await signIn(at, at.web)
    keys = [key, { ...old, exp: at.clock.at / 1000 + 100 }]
    at.clock.step(61_000)
    const next = await signIn(at, at.web)
    expect(decodedJwt(next.access_token).header['kid']).toBe('k1')
    expect((await meOffline(at, access_token)).status).toBe(200)
    at.clock.step(39_000)
    expect(refusal(await meOffline(at, access_token))).toEqual(invalidToken)
    expect((await meOffline(at, next.access_token)).status).toBe(200)
  })

  it('knows at once the new key of another process', async () => {
    let keys = [newKey()]
    const differences = { ...signing, keys: () => keys }
    const one = await provider({ layer }, differences)
    expect((await meOffline(one, (await signIn(one, one.web)).access_token)).status).toBe(200)
    keys = [key, ...keys]
    const other = await provider({ layer }, differences)
    const { access_token } = await signIn(other, other.web)
    one.clock.step(1000)
    expect((await meOffline(one, access_token)).status).toBe(200)
  })
})

/** Signs any header and payload, which a library refuses to sign. */
async function signedRaw(head: string, payload: string): Promise<string> {
  const subtle = globalThis.crypto.subtle
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const signer = await subtle.importKey('jwk', key as never, algorithm, false, ['sign'])
  const bytes = await subtle.sign(algorithm, signer, Buffer.from(`${head}.${payload}`))
  return `${head}.${payload}.${Buffer.from(bytes).toString('base64url')}`
}

/** The next character of base64url, which differs in bits that a signature of 64 bytes ignores. */
function sameBits(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(last) + 1]!
}

const publicPem = (type: 'spki') =>
  createPublicKey({ key: key as never, format: 'jwk' }).export({ type, format: 'pem' })
const publicJwk = (of: KeyObject) => of.export({ format: 'jwk' })

describe('a token that is refused without the store', () => {
  const { layer } = layers[3]!
  let at: Provider
  let good: { header: Record<string, unknown>; claims: Record<string, unknown> }
  let token: string

  beforeAll(async () => {
    at = await provider({ layer }, { ...signing, resources: [photos] })
    token = (await signIn(at, at.web)).access_token
    good = decodedJwt(token)
  })

  const sign = (
    header: object = {},
    claims: object = {},
    by: Parameters<typeof signedBy>[0] = key,
  ) => signedBy(by, { ...good.header, ...header } as { alg: string }, { ...good.claims, ...claims })

  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const seconds = () => at.clock.at / 1000

  it('is only refused for what is wrong: the same without a fault is accepted', async () => {
    expect((await meOffline(at, await sign())).status).toBe(200)
    expect((await meOffline(at, await sign({ typ: 'application/at+jwt' }))).status).toBe(200)
    expect((await meOffline(at, await sign({}, { nbf: seconds() }))).status).toBe(200)
    expect((await meOffline(at, await sign({}, { aud: issuer }))).status).toBe(200)
  })

  it.each<[string, () => string | Promise<string>]>([
    ['alg none', () => `${encoded({ ...good.header, alg: 'none' })}.${encoded(good.claims)}.`],
    [
      'alg none with a signature',
      () => token.replace(/^[^.]+/, encoded({ ...good.header, alg: 'none' })),
    ],
    [
      'the public key as a shared secret',
      () => sign({ alg: 'HS256' }, {}, Buffer.from(publicPem('spki'))),
    ],
    [
      'another algorithm',
      () =>
        sign({ alg: 'RS256' }, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    ],
    ['typ JWT', () => sign({ typ: 'JWT' })],
    ['no typ', () => sign({ typ: undefined })],
    ['typ of an assertion', () => sign({ typ: 'client-authentication+jwt' })],
    [
      'the form of an ID token',
      () =>
        sign({ typ: 'JWT' }, { client_id: undefined, jti: undefined, aud: at.web.id, nonce: 'n' }),
    ],
    ['the past', () => sign({}, { exp: seconds() })],
    ['the future', () => sign({}, { nbf: seconds() + 1 })],
    ['another issuer', () => sign({}, { iss: 'https://evil.example' })],
    ['the issuer with a slash', () => sign({}, { iss: `${issuer}/` })],
    ['a list of issuers', () => sign({}, { iss: [issuer] })],
    ['another audience', () => sign({}, { aud: mail })],
    ['a list of other audiences', () => sign({}, { aud: [mail, at.web.id] })],
    ['an audience that is a number', () => sign({}, { aud: 1 })],
    ['an unknown kid', () => sign({ kid: 'k2' })],
    ['no kid', () => sign({ kid: undefined })],
    ['a kid that is the name of a property', () => sign({ kid: '__proto__' })],
    ['the kid of our key, signed by another', () => sign({}, {}, other.privateKey)],
    ['an embedded key', () => sign({ jwk: publicJwk(other.publicKey) }, {}, other.privateKey)],
    [
      'an embedded key without kid',
      () => sign({ kid: undefined, jwk: publicJwk(other.publicKey) }, {}, other.privateKey),
    ],
    [
      'the URL of a key set',
      () => sign({ kid: 'theirs', jku: 'https://evil.example/jwks' }, {}, other.privateKey),
    ],
    ['a certificate', () => sign({ x5c: ['MIIB'] }, {}, other.privateKey)],
    ['a binding to a key (RFC 9449 6)', () => sign({}, { cnf: { jkt: 'x' } })],
    ...['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'].map(
      (name): [string, () => Promise<string>] => [
        `no ${name}`,
        () => sign({}, { [name]: undefined }),
      ],
    ),
    ...(
      [
        ['sub', 7],
        ['sub', ''],
        ['client_id', { id: 'x' }],
        ['jti', null],
        ['iat', '1'],
        ['scope', ['profile']],
      ] as const
    ).map(([name, value]): [string, () => Promise<string>] => [
      `${name} ${JSON.stringify(value)}`,
      () => sign({}, { [name]: value }),
    ]),
    [
      'a payload that was changed',
      () =>
        token
          .split('.')
          .with(1, encoded({ ...good.claims, sub: 'admin' }))
          .join('.'),
    ],
    ['a header that was changed', () => token.replace(/^[^.]+/, encoded({ ...good.header, x: 1 }))],
    ['the end missing', () => token.slice(0, -4)],
    ['no signature', () => token.replace(/[^.]+$/, '')],
    ['two parts', () => token.split('.').slice(0, 2).join('.')],
    ['a fourth part', () => `${token}.${encoded({})}`],
    ['data after it', () => `${token}AAAA`],
    ['padding', () => `${token}==`],
    [
      'another last character for the same bytes',
      () => token.slice(0, -1) + sameBits(token.at(-1)!),
    ],
    ['five parts, as an encrypted token', () => `${token}.a.b`],
    [
      'a payload that is a list',
      () =>
        `${encoded(good.header)}.${Buffer.from('[]').toString('base64url')}.${token.split('.')[2]}`,
    ],
  ])('has %s', async (_what, make) => {
    const answer = await meOffline(at, await make())
    expect(refusal(answer)).toEqual(invalidToken)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/)
  })

  it.each([
    ['an unknown extension', { crit: ['x'], x: 1 }],
    ['an extension that the library knows', { crit: ['b64'], b64: true }],
    ['an empty list', { crit: [] }],
  ])('has crit with %s', async (_what, more) => {
    const head = encoded({ ...good.header, ...more })
    const bare = await signedRaw(head, token.split('.')[1]!)
    expect(refusal(await meOffline(at, bare))).toEqual(invalidToken)
  })

  it('RFC 7797: has an unencoded payload', async () => {
    const head = encoded({ ...good.header, crit: ['b64'], b64: false })
    const bare = await signedRaw(head, JSON.stringify(good.claims))
    // A header has no line breaks, but the rest of the payload's characters.
    const answer = await meOffline(at, bare)
    expect(answer.status).toBe(400)
    const plain = await signedRaw(head, 'payload')
    expect(refusal(await meOffline(at, plain))).toEqual(invalidToken)
  })

  it('is signed like a good one if only the header differs', async () => {
    const [head, payload] = token.split('.')
    expect((await meOffline(at, await signedRaw(head!, payload!))).status).toBe(200)
  })
})

const photosAs = (accessTokenFormat: string) => ({ resource: photos, accessTokenFormat })

const make = (more = {}) => oauthserver({ store: memoryStore(), issuer, ...more })

describe('the option verify', () => {
  it('needs the option keys', () => {
    expect(() => make().authorise({ verify: 'signature' })).toThrow(OptionError)
    expect(() => oauthserver({ model: {} }).authorise({ verify: 'signature' })).toThrow('"keys"')
    expect(() => make({ keys: [key] }).authorise({ verify: 'signature' })).not.toThrow()
  })

  it.each([undefined, null, true, 'offline', 'Signature'])('must not be %p', (verify) => {
    const authorise = () => make({ keys: [key] }).authorise({ verify: verify as never })
    expect(authorise).toThrow("must be 'store' or 'signature'")
  })

  describe.each<[string, object, string | undefined, boolean]>([
    ['the server has none', {}, undefined, true],
    ['the server has it', { accessTokenFormat: 'jwt' }, undefined, false],
    ['only another resource has it', { resources: [photosAs('jwt'), mail] }, mail, false],
    ['no resource has it', { resources: [photos, mail] }, mail, true],
    [
      'the resource has its own',
      { accessTokenFormat: 'jwt', resources: [photosAs('opaque'), mail] },
      photos,
      true,
    ],
    [
      'one resource has its own',
      { accessTokenFormat: 'jwt', resources: [photosAs('opaque'), mail] },
      undefined,
      false,
    ],
    [
      'every resource has its own',
      { accessTokenFormat: 'jwt', resources: [photosAs('opaque')] },
      undefined,
      true,
    ],
  ])('where %s', (_what, options, resource, warns) => {
    it(`${warns ? 'warns once' : 'does not warn'} that tokens are opaque`, () => {
      const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      try {
        const oauth = make({ keys: [key], ...options })
        const needs = { verify: 'signature' as const, ...(resource && { resource }) }
        oauth.authorise(needs)
        oauth.authorise(needs)
        const found = warnings.mock.calls.filter(([text]) => String(text).includes('opaque'))
        expect(found).toHaveLength(warns ? 1 : 0)
        make({ keys: [key], ...options, debug: false }).authorise(needs)
        expect(warnings.mock.calls).toHaveLength(found.length)
      } finally {
        warnings.mockRestore()
      }
    })
  })

  it("is 'store' by default, for authenticate() too", async () => {
    const oauth = make({ keys: [key], accessTokenFormat: 'jwt' })
    const good = { typ: 'at+jwt', alg: 'ES256', kid: 'k1' }
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      sub: 'a',
      aud: issuer,
      client_id: 'c',
      jti: 'j',
      iat: now,
      exp: now + 60,
    }
    const headers = { authorization: `Bearer ${await signedBy(key, good, claims)}` }
    const message = () => new Request('https://api.example/', { headers })
    expect((await oauth.authenticate(message())).response?.status).toBe(401)
    expect((await oauth.authenticate(message(), { verify: 'store' })).response?.status).toBe(401)
    const accepted = await oauth.authenticate(message(), { verify: 'signature' })
    expect(accepted).toMatchObject({ user: { id: 'a' }, oauth: { grant: null } })
  })
})
