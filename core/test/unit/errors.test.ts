import { readFileSync } from 'node:fs'
import path from 'node:path'
import oauthserver from '@oauth2-kit/core'
import * as errors from '../../src/errors/errors'
import { profiles } from '../../src/profile'

const { OAuth2Error } = oauthserver

const source = readFileSync(path.join(__dirname, '../../src/errors/errors.ts'), 'utf8')
const [, union = ''] = /export type OAuthErrorCode =\n(.*?)\n\n/s.exec(source) ?? []
const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code!)

const { TooManyRequestsError: _, ...coded } = errors

/** The classes that have one code each, by code. */
const classes = Object.entries(coded).flatMap(([name, value]) =>
  ['OAuth2Error', 'MissingTokenError'].includes(name)
    ? []
    : [[new value().error, name, value] as const],
)

describe('OAuth error codes', () => {
  it('are a closed union, in order', () => {
    expect(codes).toHaveLength(27)
    expect(codes).toEqual(codes.toSorted())
  })

  it('have exactly one class each, named after the code', () => {
    expect(classes.map(([code]) => code).toSorted()).toEqual(codes)
    for (const [code, name] of classes) {
      const words = code.split('_').map((word) => word[0]!.toUpperCase() + word.slice(1))
      expect(name).toBe(`${words.join('').replace(/Error$/, '')}Error`)
      expect(oauthserver).toHaveProperty(name)
    }
  })

  it.each([
    ['access_denied', 500, 403],
    ['authorization_pending', 500, 400],
    ['consent_required', 500, 403],
    ['expired_token', 500, 400],
    ['insufficient_scope', 500, 403],
    ['invalid_client', 400, 401],
    ['invalid_dpop_proof', 500, 400, 401],
    ['invalid_grant', 400, 400],
    ['invalid_request', 400, 400],
    ['invalid_request_uri', 500, 400],
    ['invalid_scope', 500, 400],
    ['invalid_target', 500, 400],
    ['invalid_token', 401, 401],
    ['login_required', 500, 401],
    ['request_not_supported', 500, 400],
    ['request_uri_not_supported', 500, 400],
    ['server_error', 503, 500],
    ['slow_down', 500, 400],
    ['temporarily_unavailable', 500, 503],
    ['unauthorized_client', 500, 400],
    ['unsupported_grant_type', 500, 400],
    ['unsupported_response_type', 500, 400],
    ['use_dpop_nonce', 500, 400, 401],
  ])("%s is a %d in 'v2' and a %d in 'oauth2.1'", (code, v2, oauth21, atResource = oauth21) => {
    expect(codes).toContain(code)
    const request = { authorization: undefined } as never
    expect(profiles.v2.atEndpoint(new OAuth2Error(code), request).code).toBe(v2)
    expect(profiles['oauth2.1'].atEndpoint(new OAuth2Error(code), request).code).toBe(oauth21)
    expect(profiles['oauth2.1'].atResource(new OAuth2Error(code)).code).toBe(atResource)
  })
})

describe('OAuth2Error', () => {
  it.each([
    ['with new', () => new OAuth2Error('invalid_request', 'No photo')],
    ['without new', () => OAuth2Error('invalid_request', 'No photo')],
  ])('is an Error with the properties of a response, made %s', (_how, make) => {
    const error = make()
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(OAuth2Error)
    expect(error).toMatchObject({
      name: 'OAuth2Error',
      message: 'No photo',
      code: 400,
      error: 'invalid_request',
      error_description: 'No photo',
      headers: { 'Cache-Control': 'no-store', Pragma: 'no-cache' },
    })
  })

  it('uses its code as the default description', () => {
    expect(new OAuth2Error('server_error').error_description).toBe('server_error')
    expect(new oauthserver.ServerError(null).error_description).toBe('server_error')
  })

  it('has the message and stack of its cause, but does not serialize them', () => {
    const cause = new Error('The database is away')
    const error = new oauthserver.TemporarilyUnavailableError(null, cause)
    expect(error.cause).toBe(cause)
    expect(error.message).toBe(cause.message)
    expect(error.stack).toBe(cause.stack)
    expect(error.error_description).toBe('temporarily_unavailable')
    expect(JSON.stringify(error)).not.toContain('database')
  })

  it('keeps a cause that is not an Error', () => {
    const error = new oauthserver.ServerError('Broken', { code: 'E42' })
    expect(error.cause).toEqual({ code: 'E42' })
    expect(error.message).toBe('Broken')
  })

  it('is the base class of every class', () => {
    for (const [, , Class] of classes) {
      const error = new Class('So it is')
      expect(error).toBeInstanceOf(OAuth2Error)
      expect(error).toBeInstanceOf(Class)
      expect(error.error_description).toBe('So it is')
    }
  })

  it('is the base class of TooManyRequestsError, whose status no profile changes', () => {
    const error = new oauthserver.TooManyRequestsError(60)
    expect(error).toBeInstanceOf(OAuth2Error)
    expect(error).toMatchObject({ code: 429, error: 'temporarily_unavailable' })
    expect(error.headers).toMatchObject({ 'Retry-After': '60', 'Cache-Control': 'no-store' })
    const request = { authorization: 'Basic x' } as never
    for (const profile of Object.values(profiles)) {
      expect(profile.atEndpoint(error, request)).toBe(error)
      expect(error.code).toBe(429)
      expect(error.headers).not.toHaveProperty('WWW-Authenticate')
    }
  })

  it('has a challenge only for invalid_client', () => {
    const challenged = codes.filter((code) => 'WWW-Authenticate' in new OAuth2Error(code).headers)
    expect(challenged).toEqual(['invalid_client'])
  })
})
