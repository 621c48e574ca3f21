import { createHmac, createPublicKey, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type NewClient, type Store, updateClient } from '@oauth2-kit/core'
import request from 'supertest'
import {
  type Different,
  type TestKey,
  asClient,
  signed,
  testKey,
  unsigned,
} from '../support/assertions'
import { ProofKey } from '../support/dpop'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  type Parameters as Form,
  type Provider,
  type TestClient,
  about,
  getCode,
  issuer,
  me,
  provider,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { putClient } from '../support/records'

const [onLayer] = layers as [(typeof layers)[0]]
const [onExpress] = expresses as [(typeof expresses)[0]]
const invalidClient = { status: 401, error: 'invalid_client' }
const invalidRequest = { status: 400, error: 'invalid_request' }
const own = { grant_type: 'client_credentials' }

interface KeyClient {
  at: Provider
  client: TestClient
  key: TestKey
  /** An assertion of the client, valid if nothing is different. */
  assertion: (different?: Different) => Promise<string>
  /** Requests a token with an assertion. */
  ask: (different?: Different, form?: Form) => Promise<request.Response>
}

/** A provider, and a client with a key. */
async function withKey(
  on: Parameters<typeof provider>[0] = onLayer,
  alg = 'ES256',
  options: object = {},
  properties: NewClient = {},
): Promise<KeyClient> {
  const at = await provider(on, options)
  const key = testKey(alg)
  const client = await register(at.store, {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    authMethod: 'private_key_jwt',
    jwks: { keys: [key.publicKey] },
    ...properties,
  })
  const claims = { iss: client.id, sub: client.id, aud: issuer }
  const assertion = (different?: Different) => signed(key, claims, at.clock.at, different)
  return {
    at,
    client,
    key,
    assertion,
    ask: async (different, form = {}) =>
      post(at, 'token', { ...own, ...asClient(await assertion(different)), ...form }),
  }
}

function post(
  { app }: Provider,
  endpoint: string,
  form: Form,
  [id, secret]: [string?, string?] = [],
) {
  const sending = request(app).post(`/oauth/${endpoint}`).type('form')
  if (id !== undefined) void sending.auth(id, secret ?? '')
  const present = Object.entries(form).filter(([, value]) => value !== undefined)
  return sending.send(new URLSearchParams(present as [string, string][]).toString())
}

function reasonOf({ body }: request.Response): string {
  return (body as { error_description: string }).error_description
}

/** Seconds from the start of the clock. */
const seconds = (from: number) => 1_800_000_000 + from

describe.each(layers)('private_key_jwt on $version', (on) => {
  it('authenticates at the token, revocation and introspection endpoints', async () => {
    const { at, client, ask, assertion } = await withKey(on)
    const { access_token } = tokensOf(await ask())
    const inspected = await post(at, 'introspect', {
      token: access_token,
      ...asClient(await assertion()),
    })
    expect(inspected.body).toMatchObject({ active: true, client_id: client.id })
    const revoked = await post(at, 'revoke', {
      token: access_token,
      ...asClient(await assertion()),
    })
    expect(revoked.status).toBe(200)
    const after = await post(at, 'introspect', {
      token: access_token,
      ...asClient(await assertion()),
    })
    expect(after.body).toEqual({ active: false })
  })

  it('exchanges a code, and refreshes', async () => {
    const { at, client, ask } = await withKey(on)
    const { code, verifier, redirectUri } = await getCode(at, client)
    const tokens = tokensOf(
      await ask(
        {},
        {
          grant_type: 'authorization_code',
          code,
          code_verifier: verifier,
          redirect_uri: redirectUri,
        },
      ),
    )
    const refreshed = await ask(
      {},
      { grant_type: 'refresh_token', refresh_token: tokens.refresh_token },
    )
    expect(tokensOf(refreshed).access_token).not.toBe(tokens.access_token)
  })
})

describe('an assertion of a client', () => {
  it.each(['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'RS512', 'EdDSA', 'Ed25519'])(
    'may be signed with %s',
    async (alg) => {
      const { ask } = await withKey(onLayer, alg)
      expect((await ask()).status).toBe(200)
    },
  )

  it('may come with the client_id, or without', async () => {
    const { client, ask } = await withKey()
    expect((await ask({}, { client_id: client.id })).status).toBe(200)
    expect((await ask({}, { client_id: undefined })).status).toBe(200)
  })

  it.each(['JWT', 'jwt', 'application/jwt', 'client-authentication+jwt'])(
    'may have the typ %s',
    async (typ) => {
      const { ask } = await withKey()
      expect((await ask({ header: { typ } })).status).toBe(200)
    },
  )

  it('may have an aud that is a list of only the issuer', async () => {
    const { ask } = await withKey()
    expect((await ask({ claims: { aud: [issuer] } })).status).toBe(200)
  })

  it('is verified with every key if it names none', async () => {
    const other = testKey()
    const { client, ask, key, at } = await withKey()
    await updateClient(at.store, client.id, { jwks: { keys: [other.publicKey, key.publicKey] } })
    for (const one of [key, other]) {
      expect((await ask({ key: one, header: { kid: undefined } })).status).toBe(200)
    }
    const wrong = await ask({ key: testKey(), header: { kid: undefined } })
    expect(refusal(wrong)).toEqual(invalidClient)
  })

  it.each<[string, Different, string]>([
    ['another key under the same kid', { key: testKey() }, 'signature verification failed'],
    ['another issuer', { claims: { iss: 'other' } }, 'iss is not'],
    ['no issuer', { claims: { iss: undefined } }, 'iss must be text'],
    ['another subject', { claims: { sub: 'other' } }, 'sub is not'],
    ['no subject', { claims: { sub: undefined } }, 'sub must be text'],
    ['no audience', { claims: { aud: undefined } }, 'aud must be'],
    ['the token endpoint as audience', { claims: { aud: `${issuer}/oauth/token` } }, 'aud must be'],
    ['the issuer with a slash as audience', { claims: { aud: `${issuer}/` } }, 'aud must be'],
    ['a second audience', { claims: { aud: [issuer, 'https://other.example'] } }, 'aud must be'],
    ['an empty list of audiences', { claims: { aud: [] } }, 'aud must be'],
    ['no expiry', { claims: { exp: undefined } }, 'exp is missing'],
    ['an expiry in the past', { claims: { exp: seconds(-30) } }, 'exp is in the past'],
    ['an expiry that is far ahead', { claims: { exp: seconds(631) } }, 'more than 600 seconds'],
    ['an expiry that is text', { claims: { exp: '1800000060' } }, 'exp must be a number'],
    ['an nbf in the future', { claims: { nbf: seconds(31) } }, 'nbf is in the future'],
    ['an iat in the future', { claims: { iat: seconds(31) } }, 'iat is in the future'],
    ['no jti', { claims: { jti: undefined } }, 'jti must be'],
    ['an empty jti', { claims: { jti: '' } }, 'jti must be'],
    ['a long jti', { claims: { jti: 'j'.repeat(256) } }, 'jti must be'],
    ['a jti that is a number', { claims: { jti: 7 } }, 'jti must be'],
    ['the typ of an access token', { header: { typ: 'at+jwt' } }, 'typ is'],
    ['the typ of a DPoP proof', { header: { typ: 'dpop+jwt' } }, 'typ is'],
    [
      'the typ of an assertion as a grant',
      { header: { typ: 'authorization-grant+jwt' } },
      'typ is',
    ],
    ['crit', { header: { crit: ['own'], own: true } }, 'crit is not supported'],
  ])('is refused with %s', async (_what, different, reason) => {
    const { key, at, client, ask } = await withKey()
    const failed = once(at.oauth.events, 'client.authentication_failed')
    const sent = different.key ? { ...different, header: { kid: key.kid } } : different
    const answer = await ask(sent, { client_id: client.id })
    expect(refusal(answer)).toEqual(invalidClient)
    expect(reasonOf(answer)).toContain(reason)
    expect(await failed).toEqual([
      expect.objectContaining({ clientId: client.id, reason: reasonOf(answer) }),
    ])
  })

  it.each<[string, (key: TestKey) => [header: object, sign?: (input: string) => string]]>([
    ['alg none', () => [{ alg: 'none' }]],
    ['alg None', () => [{ alg: 'None' }]],
    ['no alg', () => [{}]],
    [
      'the public key as a shared secret (HS256)',
      ({ publicKey }) => [
        { alg: 'HS256' },
        (input) =>
          createHmac(
            'sha256',
            createPublicKey({ key: publicKey, format: 'jwk' }).export({
              type: 'spki',
              format: 'pem',
            }),
          )
            .update(input)
            .digest('base64url'),
      ],
    ],
    ['a signature that is empty', () => [{ alg: 'ES256' }]],
    [
      'a signature of zeros',
      () => [{ alg: 'ES256' }, () => Buffer.alloc(64).toString('base64url')],
    ],
  ])('is refused with %s', async (_what, forge) => {
    const { at, client, key } = await withKey()
    const [header, sign] = forge(key)
    const exp = Math.floor(at.clock.at / 1000) + 60
    const claims = { iss: client.id, sub: client.id, aud: issuer, exp, jti: randomUUID() }
    const forged = unsigned({ ...header, kid: key.kid }, claims, sign)
    expect(refusal(await post(at, 'token', { ...own, ...asClient(forged) }))).toEqual(invalidClient)
  })

  it('is refused if one character of its claims has changed', async () => {
    const { at, assertion } = await withKey()
    const [header, claims, signature] = (await assertion()).split('.') as [string, string, string]
    const changed = Buffer.from(claims, 'base64url').toString().replace('"jti":"', '"jti":"x')
    const forged = [header, Buffer.from(changed).toString('base64url'), signature].join('.')
    expect(refusal(await post(at, 'token', { ...own, ...asClient(forged) }))).toEqual(invalidClient)
  })

  it('with client_secret_jwt: says that the server has no secret to verify it', async () => {
    const at = await provider(onLayer)
    const claims = { iss: at.web.id, sub: at.web.id, aud: issuer }
    const sent = unsigned({ alg: 'HS256' }, claims, (input) =>
      createHmac('sha256', at.web.secret!).update(input).digest('base64url'),
    )
    const answer = await post(at, 'token', { ...own, ...asClient(sent) })
    expect(refusal(answer)).toEqual(invalidClient)
    expect(reasonOf(answer)).toContain('but the request uses private_key_jwt')
    await updateClient(at.store, at.web.id, {
      authMethod: 'private_key_jwt',
      jwks: { keys: [testKey().publicKey] },
    })
    expect(reasonOf(await post(at, 'token', { ...own, ...asClient(sent) }))).toContain(
      'the server has only its hash',
    )
  })

  it.each(['', '.', 'a.b.c', 'e30.e30.', '{}', 'a'.repeat(8193)])(
    'that is %p is refused, with the client_id and without',
    async (assertion) => {
      const { at, client } = await withKey()
      for (const client_id of [client.id, undefined]) {
        const answer = await post(at, 'token', { ...own, client_id, ...asClient(assertion) })
        expect([400, 401]).toContain(answer.status)
      }
    },
  )

  it('is accepted just before it expires, and not after', async () => {
    const { at, assertion } = await withKey()
    const [first, second] = [await assertion(), await assertion()]
    at.clock.step(89_999)
    expect((await post(at, 'token', { ...own, ...asClient(first) })).status).toBe(200)
    at.clock.step(1)
    expect(refusal(await post(at, 'token', { ...own, ...asClient(second) }))).toEqual(invalidClient)
  })
})

describe('the jti of an assertion', () => {
  it('is accepted once at all endpoints together, also at the end of its time', async () => {
    const { at, assertion } = await withKey()
    const once1 = asClient(await assertion())
    expect((await post(at, 'token', { ...own, ...once1 })).status).toBe(200)
    at.clock.step(89_000)
    for (const endpoint of ['token', 'revoke', 'introspect']) {
      const again = await post(at, endpoint, { ...own, token: 'a', ...once1 })
      expect(refusal(again)).toEqual(invalidClient)
      expect(reasonOf(again)).toContain('used before')
    }
  })

  it('of 20 parallel uses is accepted for exactly one', async () => {
    const { at, assertion } = await withKey()
    const form = { ...own, ...asClient(await assertion()) }
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(at, 'token', form)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19)
  })

  it('belongs to its client: another one may use the same', async () => {
    const { at, ask } = await withKey()
    const jti = randomUUID()
    expect((await ask({ claims: { jti } })).status).toBe(200)
    const key = testKey()
    const { id } = await register(at.store, {
      grantTypes: ['client_credentials'],
      authMethod: 'private_key_jwt',
      jwks: { keys: [key.publicKey] },
    })
    const other = await signed(key, { iss: id, sub: id, aud: issuer, jti }, at.clock.at)
    expect((await post(at, 'token', { ...own, ...asClient(other) })).status).toBe(200)
  })

  it('is not used up by an assertion that is refused', async () => {
    const { ask } = await withKey()
    const jti = randomUUID()
    expect(refusal(await ask({ claims: { jti, aud: 'https://other.example' } }))).toEqual(
      invalidClient,
    )
    expect((await ask({ claims: { jti } })).status).toBe(200)
  })
})

describe('an assertion in a request that may be sent again unchanged', () => {
  it.each(['scopes', 'claims'])('is not used up by an outage of the hook %s', async (hook) => {
    let isDown = true
    const { at, assertion } = await withKey(
      onLayer,
      'ES256',
      {
        debug: false,
        async [hook]() {
          if (isDown) throw new Error('down')
          return hook === 'scopes' ? ['profile'] : {}
        },
      },
      { scopes: ['profile'] },
    )
    const form = { ...own, ...asClient(await assertion()) }
    expect((await post(at, 'token', form)).status).toBe(503)
    isDown = false
    expect((await post(at, 'token', form)).status).toBe(200)
    expect(reasonOf(await post(at, 'token', form))).toContain('used before')
  })

  it('is not used up by a request for the nonce of a DPoP proof', async () => {
    const { at, assertion } = await withKey(onLayer, 'ES256', {
      dpop: { nonceSecret: 'a secret of at least 32 random characters' },
    })
    const key = await ProofKey.make(at)
    const form = { ...own, ...asClient(await assertion()) }
    const ask = async (nonce?: string) =>
      post(at, 'token', form).set('DPoP', await key.proof({ nonce }))
    const first = await ask()
    expect(refusal(first)).toEqual({ status: 400, error: 'use_dpop_nonce' })
    expect(refusal(await ask('wrong'))).toEqual({ status: 400, error: 'use_dpop_nonce' })
    const nonce = first.headers['dpop-nonce']
    expect((await ask(nonce)).status).toBe(200)
    expect(refusal(await ask(nonce))).toEqual(invalidClient)
  })

  it('is not used up by an outage of the store while a token is looked up', async () => {
    let isDown = false
    const { at, ask, assertion } = await withKey(onLayer, 'ES256', {
      debug: false,
      through: (store: Store) =>
        Object.assign(Object.create(store) as Store, {
          async find(hash: string) {
            if (isDown) throw new Error('down')
            return store.find(hash)
          },
        }),
    })
    const { access_token: token } = tokensOf(await ask())
    for (const endpoint of ['introspect', 'revoke']) {
      const form = { token, ...asClient(await assertion()) }
      isDown = true
      expect((await post(at, endpoint, form)).status).toBe(503)
      isDown = false
      expect((await post(at, endpoint, form)).status).toBe(200)
    }
  })
})

describe('an assertion that was used before', () => {
  it('learns nothing, and changes nothing, by a request that is refused anyway', async () => {
    const { at, client, assertion } = await withKey()
    const failed = jest.fn()
    const used = asClient(await assertion())
    expect((await post(at, 'token', { ...own, ...used })).status).toBe(200)
    at.oauth.events.on('client.authentication_failed', failed)
    for (const form of [
      { ...own, scope: 'unknown' },
      { grant_type: 'refresh_token', refresh_token: 'unknown' },
    ])
      expect(refusal(await post(at, 'token', { ...form, ...used }))).toEqual(invalidClient)
    expect(failed).toHaveBeenCalledTimes(2)
    expect(failed).toHaveBeenCalledWith(expect.objectContaining({ clientId: client.id }))
  })

  it('does not use up a code with a wrong verifier', async () => {
    const { at, client, assertion } = await withKey()
    const grant = await getCode(at, client)
    const code = {
      grant_type: 'authorization_code',
      code: grant.code,
      code_verifier: grant.verifier,
      redirect_uri: grant.redirectUri,
    }
    const used = asClient(await assertion())
    expect((await post(at, 'token', { ...own, ...used })).status).toBe(200)
    const wrong = { ...code, code_verifier: 'x'.repeat(43), ...used }
    expect(refusal(await post(at, 'token', wrong))).toEqual(invalidClient)
    tokensOf(await post(at, 'token', { ...code, ...asClient(await assertion()) }))
  })

  it('is no replay of the refresh token beside it, but a new one is', async () => {
    const { at, client, assertion } = await withKey()
    const grant = await getCode(at, client)
    const code = {
      grant_type: 'authorization_code',
      code: grant.code,
      code_verifier: grant.verifier,
      redirect_uri: grant.redirectUri,
    }
    const used = asClient(await assertion())
    const tokens = tokensOf(await post(at, 'token', { ...code, ...used }))
    expect(refusal(await post(at, 'token', { ...code, ...used }))).toEqual(invalidClient)
    expect((await me(at, tokens.access_token)).status).toBe(200)
    const wrong = { ...code, code_verifier: 'x'.repeat(43), ...asClient(await assertion()) }
    expect((await post(at, 'token', wrong)).status).toBe(400)
    expect((await me(at, tokens.access_token)).status).toBe(401)
  })
})

describe('an assertion without kid', () => {
  it('is verified with three keys at most, because a stranger can send it', async () => {
    const { at, client, assertion } = await withKey()
    const others = [testKey(), testKey(), testKey()].map(({ publicKey }) => publicKey)
    const own0 = (await at.store.getClient(client.id))!.jwks!.keys[0]!
    const withoutKid = { header: { kid: undefined } }
    await updateClient(at.store, client.id, { jwks: { keys: [...others.slice(1), own0] } })
    const form = async () => ({ ...own, ...asClient(await assertion(withoutKid)) })
    expect((await post(at, 'token', await form())).status).toBe(200)
    await updateClient(at.store, client.id, { jwks: { keys: [...others, own0] } })
    const refused = await post(at, 'token', await form())
    expect(refusal(refused)).toEqual(invalidClient)
    expect(reasonOf(refused)).toContain('it needs a kid')
  })
})

describe('the event of a refused assertion', () => {
  it('has no line breaks or control characters of the assertion', async () => {
    const { at, ask } = await withKey()
    const failed = jest.fn<void, [{ reason: string }]>()
    at.oauth.events.on('client.authentication_failed', failed)
    await ask({ header: { typ: 'x\n\u001B[31mADMIN' } })
    expect(failed).toHaveBeenCalledTimes(1)
    expect(failed.mock.calls[0]![0].reason).toMatch(/^[ -~]+$/)
  })
})

describe('one method of authentication', () => {
  it('per request: an assertion with a secret, or with a Basic header, is invalid', async () => {
    const { at, client, assertion } = await withKey()
    const form = { ...own, ...asClient(await assertion()) }
    const answers = [
      await post(at, 'token', { ...form, client_secret: 'a' }),
      await post(at, 'token', form, [client.id, 'a']),
      await post(at, 'token', form, [client.id]),
    ]
    for (const answer of answers) expect(refusal(answer)).toEqual(invalidRequest)
    // The assertion has not been used up.
    expect((await post(at, 'token', form)).status).toBe(200)
  })

  it.each<[string, Form, object]>([
    ['no type', { client_assertion_type: undefined }, invalidRequest],
    ['no assertion', { client_assertion: undefined }, invalidRequest],
    ['an empty assertion', { client_assertion: '' }, invalidRequest],
    ['an empty type', { client_assertion_type: '' }, invalidRequest],
    [
      'the type of SAML',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      invalidClient,
    ],
    ['the client_id of another client', { client_id: 'other' }, invalidClient],
  ])('an assertion with %s is refused', async (_what, different, expected) => {
    const { ask } = await withKey()
    expect(refusal(await ask({}, different))).toEqual(expected)
  })

  it('an assertion that is sent twice is refused', async () => {
    const { at, assertion } = await withKey()
    const form = new URLSearchParams({ ...own, ...asClient(await assertion()) })
    form.append('client_assertion', await assertion())
    const answer = await request(at.app).post('/oauth/token').type('form').send(form.toString())
    expect(refusal(answer)).toEqual(invalidRequest)
  })

  it('another client cannot use an assertion, whatever it is registered for', async () => {
    const { at, assertion } = await withKey()
    for (const { id } of [at.web, at.spa]) {
      const form = { ...own, client_id: id, ...asClient(await assertion()) }
      expect(refusal(await post(at, 'token', form))).toEqual(invalidClient)
    }
  })

  it('an unknown client is refused', async () => {
    const { ask } = await withKey()
    const answer = await ask({ claims: { iss: 'unknown', sub: 'unknown' } })
    expect(refusal(answer)).toEqual(invalidClient)
  })
})

describe('a client with keys', () => {
  it('is never accepted without an assertion', async () => {
    const { at, client } = await withKey()
    const { code, verifier, redirectUri } = await getCode(at, client)
    const exchange = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
    }
    for (const form of [own, exchange]) {
      const answers = [
        await post(at, 'token', { ...form, client_id: client.id }),
        await post(at, 'token', { ...form, client_id: client.id, client_secret: 'null' }),
        await post(at, 'token', form, [client.id]),
        await post(at, 'token', form, [client.id, 'null']),
      ]
      for (const answer of answers) expect(refusal(answer)).toEqual(invalidClient)
    }
    for (const endpoint of ['revoke', 'introspect'] as const) {
      for (const authMethod of ['none', 'client_secret_basic', 'client_secret_post'] as const) {
        const answer = await about(endpoint, at, { ...client, authMethod }, 'a')
        expect(refusal(answer)).toEqual(invalidClient)
      }
    }
  })

  it('is not accepted by a secret, even if its record has a hash of one', async () => {
    const { at, client } = await withKey()
    const { secretHash } = (await at.store.getClient(at.web.id))!
    await putClient(at.store, { ...(await at.store.getClient(client.id))!, secretHash })
    const answer = await post(at, 'token', own, [client.id, at.web.secret!])
    expect(refusal(answer)).toEqual(invalidClient)
  })

  it('in profile v2 is never accepted', async () => {
    const { at, client, assertion } = await withKey(onExpress.express, 'ES256', {
      profile: 'v2',
      grants: ['client_credentials'],
      clientIdRegex: /./,
    })
    const { secretHash } = (await at.store.getClient(at.web.id))!
    for (const hash of [null, secretHash]) {
      await putClient(at.store, { ...(await at.store.getClient(client.id))!, secretHash: hash })
      const forms: Form[] = [
        { client_id: client.id },
        { client_id: client.id, client_secret: at.web.secret! },
        { client_id: client.id, ...asClient(await assertion()) },
      ]
      for (const form of forms) {
        const answer = await post(at, 'token', { ...own, ...form })
        expect([answer.status, (answer.body as { error: string }).error]).toEqual([
          400,
          'invalid_client',
        ])
      }
    }
  })

  it('is refused if its key was replaced, and keeps its tokens', async () => {
    const { at, client, ask } = await withKey()
    const tokens = tokensOf(await ask())
    const next = testKey()
    await updateClient(at.store, client.id, { jwks: { keys: [next.publicKey] } })
    expect(refusal(await ask())).toEqual(invalidClient)
    expect((await ask({ key: next })).status).toBe(200)
    const me = await request(at.app)
      .get('/api/me')
      .set('Authorization', `Bearer ${tokens.access_token}`)
    expect(me.status).toBe(200)
  })

  it('on a server without an issuer is a fault that is reported', async () => {
    const debug = jest.fn()
    const { ask } = await withKey(onExpress.express, 'ES256', {
      issuer: undefined,
      grants: ['client_credentials'],
      debug,
    })
    expect(refusal(await ask())).toEqual({ status: 500, error: 'server_error' })
    expect(debug).toHaveBeenCalledWith(
      expect.objectContaining({ cause: expect.objectContaining({ option: 'issuer' }) as unknown }),
    )
  })

  it('signs in as before: the authorization endpoint authenticates no client', async () => {
    const { at } = await withKey()
    expect((await signIn(at, at.web)).access_token).toBeDefined()
  })
})
