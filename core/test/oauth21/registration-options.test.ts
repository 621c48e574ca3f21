import oauthserver, {
  type EventMap,
  InvalidSoftwareStatementError,
  type Options,
  type RegistrationAttempt,
  type RegistrationOptions,
} from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import { memoryStore } from '@oauth2-kit/memory'
import { CountingLimiter } from '../support/counting-limiter'
import { layers } from '../support/layers'
import { signedBy, newKey } from '../support/jwt'
import {
  type Differences,
  type Provider,
  askForToken,
  provider,
  refusal,
} from '../support/provider'
import {
  informationIn,
  managing,
  registered,
  registering,
  replacing,
  someMetadata,
} from '../support/registration'

const token = 'a-random-initial-access-token'
const scopes = ['profile']
const invalidToken = { status: 401, error: 'invalid_token' }

function at(registration: RegistrationOptions, differences: Differences = {}): Promise<Provider> {
  return provider(layers[0]!, { registration, debug: false, ...differences })
}

/** Makes a server with an option that may be wrong. */
const make = (registration: unknown, more: Partial<Options> = {}) =>
  oauthserver({
    store: memoryStore(),
    issuer: 'https://auth.example',
    debug: false,
    registration,
    ...more,
  } as Options)

describe('wrong options', () => {
  it.each([
    [true, '"registration" must be an object'],
    [{ open: true }, '"registration.scopes" is missing'],
    [{ scopes: 'profile', open: true }, '"registration.scopes" must be an array of scopes'],
    [{ scopes }, '"registration" needs "open: true", "initialAccessToken" or "allow"'],
    [{ scopes, open: false }, '"registration" needs "open: true", "initialAccessToken" or "allow"'],
    [{ scopes, open: 'yes' }, '"registration.open" must be true or false'],
    [{ scopes, initialAccessToken: 'short' }, '"registration.initialAccessToken" must be a random'],
    [{ scopes, initialAccessToken: [] }, '"registration.initialAccessToken" must be a random'],
    [{ scopes, initialAccessToken: 'with spaces in the text' }, 'must be a random string'],
    [{ scopes, open: true, allow: true }, '"registration.allow" must be a function'],
    [{ scopes, open: true, grantTypes: [] }, '"registration.grantTypes" must be an array'],
    [
      { scopes, open: true, grantTypes: ['password'] },
      'has "password", which the server does not offer',
    ],
    [
      { scopes, open: true, grantTypes: ['refresh_token'] },
      'must have a grant type that issues tokens',
    ],
    [{ scopes, open: true, authMethods: ['client_secret_jwt'] }, '"registration.authMethods" must'],
    [{ scopes, open: true, privateUseSchemes: ['https'] }, '"registration.privateUseSchemes" must'],
    [{ scopes, open: true, limiter: {} }, '"registration.limiter" must be a limiter'],
    [{ scopes, open: true, alow: true }, 'Did you mean "allow"?'],
  ])('%j', (registration, message) => {
    expect(() => make(registration)).toThrow(message)
    expect(() => make(registration)).toThrow(TypeError)
  })

  it('needs an issuer, the profile oauth2.1 and a store', () => {
    const registration = { scopes, open: true }
    expect(() => make(registration, { issuer: undefined as never })).toThrow('needs "issuer"')
    expect(() => make(registration, { profile: 'v2' })).toThrow("needs the profile 'oauth2.1'")
    expect(() => oauthserver({ model: {}, registration } as unknown as Options)).toThrow(
      '"registration" needs a store',
    )
  })

  it('warns if anybody may register without limit', () => {
    const warned = jest.spyOn(process, 'emitWarning').mockReturnValue()
    const warns = () => warned.mock.calls.splice(0).length > 0
    const limiter = memoryLimiter()
    const loud = { debug: undefined as never }
    make({ scopes, open: true }, loud)
    expect(warns()).toBe(true)
    make({ scopes, allow: () => true }, loud)
    expect(warns()).toBe(true)
    make({ scopes, open: true, limiter }, loud)
    make({ scopes, open: true }, { ...loud, limiter })
    make({ scopes, initialAccessToken: token, allow: () => true }, loud)
    make({ scopes, open: true })
    expect(warns()).toBe(false)
    warned.mockRestore()
  })
})

describe('an initial access token', () => {
  it('is needed, and each of several is accepted', async () => {
    const others = [token, `${token}-2`]
    const server = await at({ scopes, initialAccessToken: others })
    for (const one of others) await registered(server, someMetadata, one)
    const response = await registering(server, someMetadata)
    expect(refusal(response)).toEqual(invalidToken)
    expect(response.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/)
    for (const wrong of [`${token}x`, token.slice(1), token.toUpperCase(), 'x'])
      expect(refusal(await registering(server, someMetadata, wrong))).toEqual(invalidToken)
  })

  it('may be left out if registration is open, but must not be wrong', async () => {
    const server = await at({ scopes, open: true, initialAccessToken: token })
    await registered(server)
    await registered(server, someMetadata, token)
    expect(refusal(await registering(server, someMetadata, 'x'))).toEqual(invalidToken)
  })

  it('is checked before the body is read', async () => {
    const server = await at({ scopes, initialAccessToken: token })
    expect(refusal(await registering(server, 'no JSON'))).toEqual(invalidToken)
  })

  it('a wrong one counts as a guess, and a right one does not count', async () => {
    const limiter = new CountingLimiter(2)
    const server = await at({ scopes, initialAccessToken: token }, { limiter })
    for (let n = 0; n < 5; n++) await registered(server, someMetadata, token)
    const heard: EventMap['registration.refused'][0][] = []
    server.oauth.events.on('registration.refused', (event) => heard.push(event))
    for (const wrong of ['x', 'y'])
      expect(refusal(await registering(server, someMetadata, wrong))).toEqual(invalidToken)
    expect(heard.map(({ reason }) => reason)).toEqual([
      'The initial access token is wrong',
      'The initial access token is wrong',
    ])
    const limited = await registering(server, someMetadata, 'z')
    expect(limited.status).toBe(429)
    expect(limited.headers['retry-after']).toBe('8')
  })
})

describe('allow', () => {
  it('decides about each client, and receives what it needs', async () => {
    const seen: RegistrationAttempt[] = []
    const allow = (attempt: RegistrationAttempt) => {
      seen.push(attempt)
      return attempt.metadata['client_name'] === 'Some app'
    }
    const server = await at({ scopes, allow })
    await registered(server)
    const other = { ...someMetadata, client_name: 'Other' }
    const response = await registering(server, other)
    expect(refusal(response)).toEqual({ status: 403, error: 'access_denied' })
    expect(seen[1]).toMatchObject({
      metadata: other,
      client: undefined,
      hasInitialAccessToken: false,
      address: expect.stringContaining('127.0.0.1'),
      request: expect.objectContaining({ method: 'POST' }),
    })
  })

  it('does not replace the initial access token', async () => {
    const allow = jest.fn(() => true)
    const server = await at({ scopes, initialAccessToken: token, allow })
    expect(refusal(await registering(server, someMetadata))).toEqual(invalidToken)
    expect(allow).not.toHaveBeenCalled()
    await registered(server, someMetadata, token)
    expect(allow).toHaveBeenCalledWith(expect.objectContaining({ hasInitialAccessToken: true }))
  })

  it.each([[1], ['yes'], [{}], [undefined], [null]])('refuses by returning %j', async (answer) => {
    const server = await at({ scopes, allow: () => answer as never })
    expect(refusal(await registering(server, someMetadata))).toEqual({
      status: 500,
      error: 'server_error',
    })
  })

  it('refuses by throwing, and without a trace of the error', async () => {
    const failing = jest.fn().mockRejectedValue(new TypeError('secret detail'))
    const response = await registering(await at({ scopes, allow: failing }), someMetadata)
    expect(response.status).toBe(500)
    expect(response.text).not.toContain('secret detail')
  })

  it('is called for a replaced registration too', async () => {
    const server = await at({
      scopes,
      allow: ({ client, metadata }) =>
        client === undefined || metadata['client_name'] === client.name,
    })
    const of = await registered(server)
    informationIn(await managing(server, 'put', of, replacing(of)), 200)
    const changed = replacing(of, { client_name: 'Other' })
    expect(refusal(await managing(server, 'put', of, changed))).toEqual({
      status: 403,
      error: 'access_denied',
    })
  })

  it('receives no hash of a secret or token', async () => {
    const seen: unknown[] = []
    const server = await at({ scopes, allow: ({ client }) => seen.push(client) > 0 })
    const of = await registered(server, { redirect_uris: someMetadata.redirect_uris })
    informationIn(await managing(server, 'put', of, replacing(of)), 200)
    expect(JSON.stringify(seen)).not.toMatch(/hash/i)
  })
})

describe('policies', () => {
  it('client_credentials must be named, and needs a confidential client', async () => {
    const grant_types = ['client_credentials']
    const closed = await at({ scopes, open: true })
    const refused = { status: 400, error: 'invalid_client_metadata' }
    expect(refusal(await registering(closed, { grant_types }))).toEqual(refused)
    const server = await at({ scopes, open: true, grantTypes: grant_types })
    const of = await registered(server, { grant_types })
    const client = { ...(await server.store.getClient(of.client_id))! }
    const secret = of.client_secret!
    const form = { grant_type: 'client_credentials', scope: 'profile' }
    const response = await askForToken(server, { ...client, secret, redirectUri: '' }, form)
    expect(response.status).toBe(200)
    const none = { grant_types, token_endpoint_auth_method: 'none' }
    expect(refusal(await registering(server, none))).toEqual(refused)
  })

  it('authMethods and privateUseSchemes', async () => {
    const server = await at({
      scopes,
      open: true,
      authMethods: ['none'],
      privateUseSchemes: ['cursor'],
    })
    const of = await registered(server, { redirect_uris: ['cursor://callback'] })
    expect(of).toMatchObject({ token_endpoint_auth_method: 'none' })
    const basic = { ...someMetadata, token_endpoint_auth_method: 'client_secret_basic' }
    expect((await registering(server, basic)).status).toBe(400)
  })

  it('scopes: null allows any, and a client gets none that is not allowed', async () => {
    const any = await at({ scopes: null, open: true })
    const of = await registered(any)
    expect(of).not.toHaveProperty('scope')
    expect(await any.store.getClient(of.client_id)).toMatchObject({ scopes: null })
    const none = await at({ scopes: [], open: true })
    expect(await registered(none, { ...someMetadata, scope: 'admin' })).toMatchObject({ scope: '' })
  })
})

describe('a software statement', () => {
  const statement = 'aaa.bbb.ccc'
  const metadata = { ...someMetadata, software_statement: statement }

  it('is refused by default', async () => {
    const response = await registering(await at({ scopes, open: true }), metadata)
    expect(refusal(response)).toEqual({ status: 400, error: 'unapproved_software_statement' })
  })

  it('is verified by the function, and its claims take precedence', async () => {
    const key = newKey()
    const claims = {
      iss: 'https://directory.example',
      client_name: 'Verified app',
      software_id: '7',
    }
    const signed = await signedBy({ ...key, alg: 'ES256' }, { alg: 'ES256' }, claims)
    const seen: string[] = []
    const server = await at({
      scopes,
      open: true,
      softwareStatement: async (text) => {
        seen.push(text)
        return claims
      },
    })
    const of = await registered(server, { ...metadata, software_statement: signed })
    expect(seen).toEqual([signed])
    expect(of).toMatchObject({
      client_name: 'Verified app',
      software_id: '7',
      software_statement: signed,
    })
    // RFC 7592 2.2: it stays in force when the client replaces its metadata.
    const without = replacing(of, { client_name: 'Fake', software_statement: undefined })
    expect(informationIn(await managing(server, 'put', of, without), 200)).toMatchObject({
      client_name: 'Verified app',
      software_statement: signed,
    })
  })

  it.each([
    ['null', () => null, 400, 'unapproved_software_statement'],
    ['an array', () => [] as never, 500, 'server_error'],
    ['undefined', () => undefined as never, 500, 'server_error'],
    [
      'an error of its own',
      () => {
        throw new InvalidSoftwareStatementError('The signature is wrong')
      },
      400,
      'invalid_software_statement',
    ],
  ])('%s refuses it', async (_what, softwareStatement, status, error) => {
    const server = await at({ scopes, open: true, softwareStatement })
    expect(refusal(await registering(server, metadata))).toEqual({ status, error })
  })

  it.each([[7], [['aaa.bbb.ccc']], ['a b'], ['x'.repeat(8193)]])('cannot be %j', async (wrong) => {
    const server = await at({ scopes, open: true, softwareStatement: () => ({}) })
    const response = await registering(server, { ...metadata, software_statement: wrong })
    expect(refusal(response)).toEqual({ status: 400, error: 'invalid_software_statement' })
  })

  it('claims that break the policy are refused', async () => {
    const server = await at({
      scopes,
      open: true,
      softwareStatement: () => ({ redirect_uris: ['javascript:alert(1)'] }),
    })
    expect(refusal(await registering(server, metadata))).toEqual({
      status: 400,
      error: 'invalid_redirect_uri',
    })
  })
})

describe('limits', () => {
  it('an open registration counts for its address, also if it is refused', async () => {
    const limiter = memoryLimiter({ perName: { failures: 3, seconds: 60 } })
    const server = await at({ scopes, open: true }, { limiter })
    await registered(server)
    expect((await registering(server, { redirect_uris: [] })).status).toBe(400)
    await registered(server)
    const heard: EventMap['limiter.refused'][0][] = []
    server.oauth.events.on('limiter.refused', (event) => heard.push(event))
    const response = await registering(server, someMetadata)
    expect(refusal(response)).toEqual({ status: 429, error: 'temporarily_unavailable' })
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
    expect(heard).toMatchObject([{ secretOf: 'registration', clientId: '' }])
  })

  it('20 at once register no more than the limit', async () => {
    const limiter = memoryLimiter({ perName: { failures: 3, seconds: 60 } })
    const server = await at({ scopes, open: true }, { limiter })
    const all = await Promise.all(
      Array.from({ length: 20 }, async () => (await registering(server, someMetadata)).status),
    )
    expect(all.filter((status) => status === 201)).toHaveLength(3)
    expect(all.filter((status) => status === 429)).toHaveLength(17)
  })

  it('does not lock out clients with secrets at the same address', async () => {
    const limiter = memoryLimiter({
      perName: { failures: 3, seconds: 60 },
      perAddress: { failures: 3, seconds: 60 },
    })
    const server = await at({ scopes, open: true }, { limiter, webSecret: 'a chosen secret' })
    for (let n = 0; n < 9; n++) await registering(server, someMetadata)
    const { status } = await askForToken(server, server.web, { grant_type: 'client_credentials' })
    expect(status).toBe(200)
  })

  it('may have a limiter of its own', async () => {
    const [own, other] = [new CountingLimiter(1), new CountingLimiter(0)]
    const server = await at({ scopes, open: true, limiter: own }, { limiter: other })
    await registered(server)
    expect((await registering(server, someMetadata)).status).toBe(429)
    expect(own.taken).toMatchObject([{ registration: true, clientId: '' }])
    expect(other.taken).toEqual([])
  })
})
