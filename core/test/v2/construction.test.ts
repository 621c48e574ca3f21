import oauthserver, { type Model, type Options } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { recordingModel } from '../support/model'

const { model } = recordingModel()
const construct = (options: unknown) => () => oauthserver(options as Options)

describe('oauthserver(options) on a 2.4 model', () => {
  it('works with and without new, and returns an instance', () => {
    for (const oauth of [oauthserver({ model }), new oauthserver({ model })]) {
      expect(oauth).toBeInstanceOf(oauthserver)
      expect(oauth).toBeInstanceOf(oauthserver.OAuth2Server)
      expect(oauth.model).toBe(model)
    }
  })

  it.each(['authorise', 'grant', 'authCodeGrant', 'errorHandler', 'lockdown', 'bypass'] as const)(
    'returns an object with the function %s',
    (name) => {
      expect(oauthserver({ model })[name]).toBeInstanceOf(Function)
    },
  )

  it.each([[undefined], [null], ['model'], [{}], [{ model: undefined }], [{ grants: [] }]])(
    'throws a TypeError that says "model" is missing: %j',
    (options) => {
      expect(construct(options)).toThrow(TypeError)
      expect(construct(options)).toThrow(/"model"/)
    },
  )

  it('accepts a model that is a function, an instance of a class, or frozen', () => {
    class ClassModel implements Model {
      getClient(): void {}
    }
    const asFunction = Object.assign(() => {}, model)
    for (const one of [asFunction, new ClassModel(), Object.freeze({ ...model })]) {
      expect(oauthserver({ model: one }).model).toBe(one)
    }
  })

  it('does not accept the promise of a model', () => {
    expect(construct({ model: Promise.resolve(model) })).toThrow(/"model" must be/)
  })

  it('does not modify its options', () => {
    const grants = Object.freeze(['password'])
    const options = Object.freeze({ model, grants, debug: false })
    expect(construct(options)).not.toThrow()
    expect(options).toEqual({ model, grants: ['password'], debug: false })
  })

  it('treats an option that is undefined as omitted', () => {
    expect(construct({ model, grants: undefined, debug: undefined })).not.toThrow()
  })

  it.each([
    ['grants', 'password'],
    ['grants', [1]],
    ['debug', 'yes'],
    ['accessTokenLifetime', '3600'],
    ['accessTokenLifetime', -1],
    ['refreshTokenLifetime', NaN],
    ['refreshTokenLifetime', Infinity],
    ['authCodeLifetime', new Date()],
    ['clientIdRegex', '^[a-z]+$'],
    ['passthroughErrors', 'no'],
    ['continueAfterResponse', 1],
    ['storeTimeout', 0],
    ['profile', 'v3'],
    ['now', 0],
  ])('throws a TypeError that names "%s" if it is %p', (name, value) => {
    expect(construct({ model, [name]: value })).toThrow(TypeError)
    expect(construct({ model, [name]: value })).toThrow(`"${name}" must be`)
  })

  it('throws a TypeError that names an unknown option, and suggests a known one', () => {
    expect(construct({ model, grant: [] })).toThrow(TypeError)
    expect(construct({ model, grant: [] })).toThrow(
      /^Unknown option "grant".*Did you mean "grants"\?/,
    )
  })

  it("throws a TypeError that points to the stores if the profile is 'oauth2.1'", () => {
    expect(construct({ model, profile: 'oauth2.1' })).toThrow(TypeError)
    expect(construct({ model, profile: 'oauth2.1' })).toThrow(/cannot redeem a code.*stores/)
  })

  it.each([
    ['generateToken', () => null, 'put it on the model'],
    ['extendedGrant', () => null, 'put it on the model'],
    ['users', { find: async () => null }, 'leave it out'],
    ['passwords', { hash: async () => '', verify: async () => true }, 'leave it out'],
    ['refreshGrace', 10, 'leave it out'],
    ['grantLifetime', null, 'leave it out'],
    ['requirePkce', true, 'leave it out'],
  ])('throws a TypeError if "%s", which is for stores, is set', (name, value, fix) => {
    const message = `"${name}" needs a store, but "model" is a 2.4 model: ${fix}`
    expect(construct({ model, [name]: value })).toThrow(new TypeError(message))
  })

  it("accepts a store with the profile 'v2' and without an issuer", () => {
    expect(construct({ model: memoryStore(), profile: 'v2' })).not.toThrow()
  })
})
