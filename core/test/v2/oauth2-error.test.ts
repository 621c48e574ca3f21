import oauthserver from '@oauth2-kit/core'

const { OAuth2Error } = oauthserver
const headers = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }

describe('oauthserver.OAuth2Error(error, description, cause)', () => {
  it.each([
    ['with new', new OAuth2Error('invalid_grant', 'Invalid code')],
    ['without new', OAuth2Error('invalid_grant', 'Invalid code')],
  ])('is an Error with the name OAuth2Error, %s', (_how, error) => {
    expect(error).toBeInstanceOf(OAuth2Error)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'OAuth2Error',
      code: 400,
      error: 'invalid_grant',
      error_description: 'Invalid code',
      message: 'Invalid code',
      headers,
    })
    expect(error.stack).toMatch(/^(OAuth2)?Error: Invalid code\n/)
    expect(error.constructor).toBe(OAuth2Error)
  })

  it.each([
    ['invalid_client', 400],
    ['invalid_grant', 400],
    ['invalid_request', 400],
    ['invalid_token', 401],
    ['server_error', 503],
    ['access_denied', 500],
    ['invalid_scope', 500],
    ['constructor', 500],
    [undefined, 500],
  ])('has for %s the status %d', (error, code) => {
    expect(new OAuth2Error(error).code).toBe(code)
  })

  it('has a challenge only for invalid_client', () => {
    const challenge = { 'WWW-Authenticate': 'Basic realm="Service"' }
    expect(new OAuth2Error('invalid_client').headers).toEqual({ ...headers, ...challenge })
    expect(new OAuth2Error('invalid_token').headers).toEqual(headers)
  })

  it('does not share its headers with other errors', () => {
    new OAuth2Error('invalid_token').headers['X-Mine'] = 'yes'
    expect(new OAuth2Error('invalid_token').headers).toEqual(headers)
  })

  it.each([[undefined], [null], [false as const], ['']])(
    'uses its code as the description if that is %p',
    (description) => {
      expect(new OAuth2Error('server_error', description).error_description).toBe('server_error')
    },
  )

  it('has the message and stack of a cause that is an Error, and its own description', () => {
    const cause = new TypeError('x is not a function')
    const error = new OAuth2Error('server_error', 'Try again', cause)
    expect(error.message).toBe(cause.message)
    expect(error.stack).toBe(cause.stack)
    expect(error.error_description).toBe('Try again')
    expect(error.cause).toBe(cause)
  })

  it.each([['text'], [{ message: 'no Error' }], [7], [null]])(
    'keeps a cause that is not an Error, %p, and has its own message',
    (cause) => {
      const error = new OAuth2Error('server_error', 'Try again', cause)
      expect(error.message).toBe('Try again')
      expect(error.cause).toBe(cause)
    },
  )

  it('is serialized as code, error, description and headers by JSON.stringify', () => {
    const error = new OAuth2Error('server_error', false, new Error('secret'))
    expect(Object.keys(JSON.parse(JSON.stringify(error)))).toEqual([
      'code',
      'error',
      'error_description',
      'headers',
    ])
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  it('is the base class of the specific errors', () => {
    const error = new oauthserver.InvalidTokenError('The token is gone')
    expect(error).toBeInstanceOf(OAuth2Error)
    expect(error).toMatchObject({ code: 401, error: 'invalid_token', name: 'OAuth2Error' })
  })

  it('may be extended', () => {
    class TeapotError extends OAuth2Error {
      constructor() {
        super('teapot', 'Short and stout')
        this.code = 418
      }
    }
    expect(new TeapotError()).toBeInstanceOf(TeapotError)
    expect(new TeapotError()).toBeInstanceOf(OAuth2Error)
    expect(new TeapotError()).toMatchObject({ code: 418, error: 'teapot' })
  })
})
