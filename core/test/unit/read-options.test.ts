import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { readOptions } from '../../src/options/read-options'

const issuer = 'https://auth.example'
const hooks = { authenticate: () => null, consent: () => null }
const server = () =>
  oauthserver({ model: memoryStore(), issuer, resources: ['https://api.example'] })
const request = () => new Request(issuer)

/** Every function that takes options, with a misspelt option and the right name. */
const takers: [string, (options: never) => unknown, object, string][] = [
  ['authorise()', (options) => server().authorise(options), { scopes: ['admin'] }, 'scope'],
  [
    'authenticate()',
    (options) => server().authenticate(request(), options),
    { scopes: ['admin'] },
    'scope',
  ],
  ['router()', (options) => server().router(options), { ...hooks, scope: [] }, 'scopes'],
  ['listener()', (options) => server().listener(options), { ...hooks, Prefix: '' }, 'prefix'],
  ['fetch()', (options) => server().fetch(request(), options), { ...hooks, cor: [] }, 'cors'],
  ['metadata()', (options) => server().metadata(options), { endpoint: [] }, 'endpoints'],
  ['handler()', (options) => server().handler(options), { ...hooks, endpoint: [] }, 'endpoints'],
  ['resourceMetadata()', (options) => server().resourceMetadata(options), { scope: [] }, 'scopes'],
  [
    'authCodeGrant()',
    (options) => server().authCodeGrant(options),
    { ...hooks, concent: 1 },
    'consent',
  ],
  [
    'oauthserver()',
    (options) => oauthserver(options),
    { model: {}, acessTokenLifetime: 1 },
    'accessTokenLifetime',
  ],
]

async function messageOf(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
  throw new Error('It did not throw')
}

describe('F40: unknown options', () => {
  it.each(takers)(
    'of %s are a TypeError that suggests the nearest name: %#',
    async (of, take, options, name) => {
      const message = await messageOf(() => take(options as never))
      expect(message).toMatch(`of ${of}. Did you mean "${name}"?`)
    },
  )

  it.each(takers)(
    'of %s that resemble no option list all options: %#',
    async (_of, take, options, name) => {
      const rest = Object.fromEntries(
        Object.entries(options).filter(([key]) => key in hooks || key === 'model'),
      )
      const message = await messageOf(() => take({ ...rest, somethingElse: 1 } as never))
      expect(message).toMatch(/^Unknown option "somethingElse" of .*\. The options are /)
      expect(message).toContain(name)
    },
  )

  it.each(takers.filter(([of]) => of !== 'oauthserver()' && of !== 'authCodeGrant()'))(
    '%s accepts only a plain object: %#',
    async (_of, take) => {
      for (const wrong of ['admin', ['admin'], 7, null, true, new Date()]) {
        expect(await messageOf(() => take(wrong as never))).toMatch('takes an object with options')
      }
    },
  )

  it.each(takers.filter(([of]) => !['oauthserver()', 'authCodeGrant()'].includes(of)))(
    '%s refuses an option that is present but undefined: %#',
    async (_of, take, options, name) => {
      const wanted = Object.fromEntries(Object.entries(options).filter(([key]) => key in hooks))
      const message = await messageOf(() => take({ ...wanted, [name]: undefined } as never))
      expect(message).toMatch(new RegExp(`^"${name}" must be`))
    },
  )

  it('authorise(undefined) and authenticate(request, undefined) do not mean any token', async () => {
    const wrong = [undefined] as unknown as []
    expect(await messageOf(() => server().authorise(...wrong))).toMatch(/^authorise\(\) takes/)
    expect(await messageOf(() => server().authenticate(request(), ...wrong))).toMatch(
      /^authenticate\(\) takes an object with options: write \{ scope: 'read' \}, or nothing/,
    )
  })

  it.each(['grant', 'revoke', 'introspect', 'errorHandler'] as const)(
    '%s() takes no options',
    async (name) => {
      const take = server()[name] as (...input: unknown[]) => unknown
      const message = await messageOf(() => take.call(server(), {}))
      expect(message).toBe(
        `${name}() takes no options and returns a middleware: call it without arguments`,
      )
    },
  )

  it('users and passwords accept no other members', async () => {
    const model = memoryStore()
    const users = { fnd: async () => null }
    expect(await messageOf(() => oauthserver({ model, issuer, users } as never))).toMatch(
      /^"users"/,
    )
    const passwords = { hash: async () => '', verify: async () => true, outdated: () => false }
    expect(await messageOf(() => oauthserver({ model, issuer, passwords }))).toMatch(/^"passwords"/)
  })
})

describe('F40: the scope of authorise() and authenticate()', () => {
  it.each([undefined, '', [], [''], ['a b'], ['a', 7], 'a  b', ' a', null, 7, {}, [undefined]])(
    '%j is a TypeError, because it would accept every token',
    async (scope) => {
      const options = { scope } as never
      expect(await messageOf(() => server().authorise(options))).toMatch(/^"scope" must be /)
      const message = await messageOf(() => server().authenticate(request(), options))
      expect(message).toMatch(/^"scope" must be /)
    },
  )

  it.each([
    ['admin', "write { scope: 'admin' }"],
    [['read', 'write'], "write { scope: ['read','write'] }"],
  ])('reports what to write instead of %j', async (wrong, right) => {
    expect(await messageOf(() => server().authorise(wrong as never))).toMatch(right)
  })

  it('a resource that is undefined is a TypeError', async () => {
    const options = { resource: undefined }
    expect(await messageOf(() => server().authorise(options))).toMatch(/^"resource" must be /)
  })

  it.each(['read', 'read write', ['read'], ['read', 'write']])('%j is a scope', (scope) => {
    expect(() => server().authorise({ scope })).not.toThrow()
  })
})

describe('readOptions()', () => {
  const rules = { size: [(value: unknown) => value === 1, 'must be 1'] as const }

  it('returns a copy without undefined options', () => {
    const input = { size: 1 }
    const options = readOptions<{ size: number }>(input, rules, { of: 'x()' })
    expect(options).toEqual({ size: 1 })
    expect(options).not.toBe(input)
    expect(readOptions({ size: undefined }, rules, { of: 'x()' })).toEqual({})
  })

  it('does not accept a name of Object.prototype as an option', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const input = JSON.parse(`{"${name}":1}`) as object
      expect(() => readOptions(input, rules, { of: 'x()' })).toThrow(/^Unknown option/)
    }
  })
})
