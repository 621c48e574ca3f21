import oauthserver, { type Options } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { newKey } from '../support/jwt'

const issuer = 'https://auth.example'
const model = memoryStore()

function thrown(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

/** Makes a server with options that the types would not allow. */
function make(options: object) {
  return () => oauthserver({ model, issuer, ...options })
}

const lifetimes = ['-1', -1, Number.NaN, Infinity, '3600', true, {}, 10n]
const flags = [0, 1, 'true', null, {}]
const notFunctions = [true, 'x', 1, {}, null]

const wrong: Record<keyof Options, unknown[]> = {
  store: [null, 7, 'store', true, Promise.resolve(model)],
  model: [null, 7, 'store', true, Promise.resolve(model)],
  profile: ['oauth2', 'V2', 'toString', 2, null, ['v2']],
  grants: ['password', [7], {}, null, [null], new Set(['password'])],
  issuer: [
    'auth.example',
    '/auth',
    'http://auth.example',
    'ftp://auth.example',
    `${issuer}?a=b`,
    `${issuer}#a`,
    `${issuer} `,
    `${issuer}\n`,
    'https:auth.example',
    'https://user:password@auth.example',
    '',
    7,
    null,
    new URL(issuer),
  ],
  resources: [
    [],
    'https://api.example',
    ['api.example'],
    ['/photos'],
    ['https://api.example#photos'],
    [7],
    [{}],
    [{ resource: 'api.example' }],
    null,
    {},
  ],
  keys: [null, 'keys.json', 7, true, {}, { keys: {} }, newKey()],
  accessTokenFormat: ['JWT', 'at+jwt', true, null, {}],
  accessTokenLifetime: lifetimes,
  refreshTokenLifetime: lifetimes,
  authCodeLifetime: lifetimes,
  deviceCodeLifetime: [...lifetimes, null, 0, 1.5, 86_401],
  verificationUri: [
    '/device',
    'auth.example/device',
    'ftp://auth.example',
    'https://auth.example/device#code',
    'https://user:password@auth.example/device',
    'https://auth.example/device?user_code=x',
    'https://auth.example/dévice',
    'https://auth.example/device ',
    '',
    7,
    null,
    new URL(issuer),
  ],
  grantLifetime: lifetimes,
  refreshGrace: [...lifetimes, null],
  dpop: [0, 'true', null, []],
  rotationsPerHour: [...lifetimes, 0, 1.5],
  requirePkce: flags,
  requirePushedAuthorizationRequests: flags,
  allowInsecureIssuer: flags,
  anyLocalhostPort: flags,
  scopes: notFunctions,
  claims: notFunctions,
  clientMetadata: [null, true, [], 'https://client.example', () => true],
  trustedIssuers: [[], {}, null, 'https://partner.example'],
  fetchJwks: notFunctions,
  registration: [null, true, 'open', [], { scopes: [] }],
  clientIdRegex: ['^a$', null, {}],
  debug: ['true', 1, null, {}],
  passthroughErrors: flags,
  continueAfterResponse: flags,
  // From 2 ** 31 on, Node would set a timer of 1 ms.
  storeTimeout: [0, -1, null, '5000', Infinity, Number.NaN, 2 ** 31],
  users: [
    null,
    'x',
    {},
    Promise.resolve({}),
    async () => null,
    { find: 'x' },
    { authenticate: true },
    { authenticate: async () => null, find: undefined },
  ],
  limiter: [null, 'memory', {}, { take: 7 }, () => {}],
  clientAddress: notFunctions,
  passwords: [null, 'scrypt', {}, { hash: async () => '' }, { verify: async () => true }],
  generateToken: notFunctions,
  extendedGrant: notFunctions,
  now: [...notFunctions, 1_800_000_000_000],
}

describe('options', () => {
  it.each(Object.entries(wrong).flatMap(([name, values]) => values.map((value) => [name, value])))(
    '%s: %p is a TypeError that names it and the fix',
    (name, value) => {
      const message = messageOf(make({ [name as string]: value }))
      expect(message).toContain(`"${name as string}"`)
      expect(message).toMatch(/must (be|have)|needs|take|give/)
    },
  )

  it.each([undefined, null, 'x', 7])('%p in place of options is a TypeError', (options) => {
    expect(messageOf(() => oauthserver(options as never))).toMatch(
      /takes an object with options: "store" or "model"/,
    )
  })

  it('a missing store is an OptionError that names the fix', () => {
    const problem = /"store" is missing: pass a store, such as memoryStore\(\), or a "model"/
    expect(messageOf(() => oauthserver({} as never))).toMatch(problem)
    expect(messageOf(make({ model: undefined }))).toMatch(problem)
    expect(messageOf(make({ model: undefined, store: undefined }))).toMatch(problem)
  })

  it('accepts a store as "store" or as "model", but not as both', () => {
    for (const options of [
      { store: model, issuer },
      { model, issuer },
    ])
      expect(oauthserver(options).model).toBe(model)
    expect(messageOf(make({ store: model }))).toBe(
      '"store" and "model" are mutually exclusive: leave one of them out',
    )
  })

  it('a 2.4 model as "store" is an OptionError', () => {
    expect(messageOf(make({ model: undefined, store: { getClient: () => null } }))).toMatch(
      /"store" is not a store/,
    )
  })

  it('every OptionError has a code and the name of the option', () => {
    expect(thrown(make({ refreshGrace: -1 }))).toMatchObject({
      name: 'OptionError',
      code: 'OAUTH2_KIT_OPTION',
      option: 'refreshGrace',
    })
    expect(thrown(make({ isuer: issuer }))).toMatchObject({ option: 'isuer' })
    expect(thrown(make({ refreshGrace: -1 }))).toBeInstanceOf(oauthserver.OptionError)
    expect(thrown(make({ refreshGrace: -1 }))).toBeInstanceOf(TypeError)
  })

  it.each(['acessTokenLifetime', 'storage', 'constructor'])(
    'the unknown option %s is a TypeError that lists the options',
    (name) => {
      const message = messageOf(make({ [name]: 1 }))
      expect(message).toContain(`Unknown option "${name}" of oauthserver().`)
      for (const known of Object.keys(wrong)) expect(message).toContain(known)
    },
  )

  it('an option that is undefined counts as omitted', () => {
    const unset = Object.fromEntries(Object.keys(wrong).map((name) => [name, undefined]))
    expect(make({ ...unset, model, issuer })).not.toThrow()
  })

  it('authorization codes require an issuer, and other grants do not', () => {
    expect(messageOf(make({ issuer: undefined }))).toMatch(
      /"issuer" is missing: set it .*https:\/\//,
    )
    expect(make({ issuer: undefined, grants: ['client_credentials'] })).not.toThrow()
    expect(make({ issuer: undefined, profile: 'v2' })).not.toThrow()
  })

  it.each([
    'https://auth.example/tenant/1',
    'http://localhost:3000',
    'http://127.0.0.1:3000',
    'http://[::1]',
  ])('accepts the issuer %s', (issuer) => {
    expect(make({ issuer })).not.toThrow()
  })

  it.each(['http://auth:3000', 'http://192.168.0.7', 'http://localhost.example'])(
    'accepts the issuer %s with allowInsecureIssuer, and warns',
    (issuer) => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      expect(messageOf(make({ issuer }))).toMatch(/set "allowInsecureIssuer" to true/)
      expect(warn).not.toHaveBeenCalled()
      expect(make({ issuer, allowInsecureIssuer: true })).not.toThrow()
      expect(warn).toHaveBeenCalledWith(expect.stringContaining(issuer), {
        code: 'OAUTH2_KIT_INSECURE_ISSUER',
      })
      warn.mockClear()
      make({ issuer, allowInsecureIssuer: true, debug: false })()
      expect(warn).not.toHaveBeenCalled()
      warn.mockRestore()
    },
  )

  describe('a model of oauth2-server 3 to 5 is a TypeError that names both ways', () => {
    class PromiseModel {
      static async saveToken() {}
      async getClient() {}
      async saveToken() {}
    }
    const names = ['saveToken', 'revokeToken', 'saveAuthorizationCode', 'verifyScope']
    const models: [string, unknown][] = [
      ...names.map((name): [string, unknown] => [
        `with ${name}`,
        { getClient: () => null, getAccessToken: () => null, [name]: () => null },
      ]),
      ['of toPromiseModel()', oauthserver.toPromiseModel(memoryStore())],
      ['that is frozen', Object.freeze(oauthserver.toPromiseModel(memoryStore()))],
      ['that is an instance of a class', new PromiseModel()],
      ['that is a class', PromiseModel],
    ]

    it.each(models)('%s', (_what, promiseModel) => {
      const users = { find: async () => null }
      for (const options of [{ model: promiseModel }, { model: promiseModel, users }]) {
        const message = messageOf(() => oauthserver(options as never))
        expect(message).toMatch(/^"model" has .* so it is a model of oauth2-server 3 to 5/)
        expect(message).toMatch(/pass a store as "store".*toPromiseModel\(store\)/)
      }
      const asStore = messageOf(() => oauthserver({ store: promiseModel } as never))
      expect(asStore).toMatch(/^"store" has .* so it is a model of oauth2-server 3 to 5/)
    })
  })

  it("profile 'oauth2.1' on a 2.4 model is a TypeError that points to the stores", () => {
    const message = messageOf(make({ model: {}, issuer: undefined, profile: 'oauth2.1' }))
    expect(message).toMatch(/"profile" 'oauth2.1' needs a store/)
  })

  it.each([
    ['grantLifetime', null, 'leave it out'],
    ['refreshGrace', 10, 'leave it out'],
    ['rotationsPerHour', 10, 'leave it out'],
    ['requirePkce', true, 'leave it out'],
    ['requirePushedAuthorizationRequests', true, 'leave it out'],
    ['users', { find: async () => null }, 'leave it out'],
    ['generateToken', () => null, 'put it on the model'],
    ['extendedGrant', () => null, 'put it on the model'],
  ])('%s on a 2.4 model is a TypeError that names the fix', (name, value, fix) => {
    const message = messageOf(() => oauthserver({ model: {}, [name]: value }))
    expect(message).toContain(`"${name}" needs a store`)
    expect(message).toContain(fix)
  })

  it('a store of another contract, or one that lacks a method, is a TypeError', () => {
    const newer = { ...model, supports: { ...model.supports, contract: 2 } }
    expect(messageOf(make({ model: newer }))).toMatch(/"model" implements store contract 2, not 1/)
    const { redeem: _, extend: __, ...lacking } = model
    expect(messageOf(make({ model: lacking }))).toBe(
      '"model" lacks these store methods: redeem, extend',
    )
  })

  it('an unknown grant type is a TypeError that lists the known ones', () => {
    const message = messageOf(make({ grants: ['authorisation_code'] }))
    expect(message).toMatch(/unknown value "authorisation_code": use authorization_code, /)
  })

  it('an extension grant without extendedGrant is a TypeError', () => {
    const grants = ['urn:example:ticket']
    expect(messageOf(make({ grants }))).toMatch(/"extendedGrant" is missing/)
    expect(make({ grants, extendedGrant: () => null })).not.toThrow()
  })

  it('the password grant on a store without users is a TypeError that names users', () => {
    const { getUserByUsername: _, ...without } = model
    expect(messageOf(make({ model: without, grants: ['password'] }))).toMatch(/set "users" with/)
  })

  it('the caller’s object is not written to', () => {
    const options = Object.freeze({ model, issuer, grants: Object.freeze(['client_credentials']) })
    expect(() => oauthserver(options)).not.toThrow()
  })

  it('security 2: enabling the password grant emits one warning per process', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await jest.isolateModulesAsync(async () => {
      const { default: fresh } = await import('@oauth2-kit/core')
      fresh({ model, issuer })
      expect(warn).not.toHaveBeenCalled()
      fresh({ model, grants: ['password'] })
      fresh({ model, grants: ['password'] })
    })
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('password'), {
      code: 'OAUTH2_KIT_PASSWORD_GRANT',
    })
    warn.mockRestore()
  })

  it('works with and without new, and returns an OAuth2Server', () => {
    const made = [oauthserver({ model, issuer }), new oauthserver({ model, issuer })]
    for (const server of made) {
      expect(server).toBeInstanceOf(oauthserver)
      expect(server).toBeInstanceOf(oauthserver.OAuth2Server)
      expect(server.model).toBe(model)
    }
  })
})

/** The message of the TypeError that `make` throws. */
function messageOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
  throw new Error('It did not throw')
}
