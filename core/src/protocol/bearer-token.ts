import { InvalidRequestError, MissingTokenError } from '../errors/errors'
import { assertDecodable } from '../http/body'
import { type OAuthRequest, assertText, isForm, longestParameter } from '../http/request'

/** An access token as it was presented. */
export interface PresentedToken {
  /** `DPoP` has a proof too (RFC 9449 7.1). */
  scheme: 'Bearer' | 'DPoP'
  text: string
}

/**
 * Returns the bearer token by the rules of the 2.4 line: from exactly one of the header, the URL
 * and the body (RFC 6750 2).
 */
export function bearerTokenV2(request: OAuthRequest): PresentedToken {
  const { authorization } = request
  const inQuery = request.query['access_token']
  const inBody = request.body?.['access_token']
  if (
    Number(authorization !== undefined) +
      Number(inQuery !== undefined) +
      Number(inBody !== undefined) >
    1
  ) {
    throw new InvalidRequestError(
      'Only one method may be used to authenticate at a time (Auth header,  GET or POST).',
    )
  }
  if (inQuery !== undefined) assertDecodable(request.search)
  let token = authorization ?? inQuery ?? inBody
  if (token === undefined || token === '')
    throw new InvalidRequestError('The access token was not found')
  if (authorization !== undefined) {
    token = /Bearer\s(\S+)/.exec(authorization)?.[1]
    if (token === undefined) throw new InvalidRequestError('Malformed auth header')
  } else if (inBody !== undefined) {
    if (request.method === 'GET') {
      throw new InvalidRequestError('Method cannot be GET When putting the token in the body.')
    }
    if (!isForm(request)) {
      throw new InvalidRequestError(
        'When putting the token in the body, content type must be application/x-www-form-urlencoded.',
      )
    }
  }
  assertText(token, 'access_token')
  return { scheme: 'Bearer', text: token }
}

const bearerOnly = schemes('bearer')
const bearerOrDpop = schemes('bearer|dpop')

function schemes(names: string) {
  return {
    names: new RegExp(`^ *(?:${names})\\b`, 'i'),
    token: new RegExp(`^ *(${names}) +([A-Za-z0-9._~+/-]+=*) *$`, 'i'),
  }
}

/**
 * Returns the access token of the Authorization header (RFC 6750 2.1, RFC 9449 7.1), the only source
 * that OAuth 2.1 allows by default. Without `allowsDpop`, the scheme DPoP is like any other scheme.
 */
export function bearerToken(request: OAuthRequest, allowsDpop: boolean): PresentedToken {
  const { authorization } = request
  if (authorization === undefined) throw new MissingTokenError()
  const known = allowsDpop ? bearerOrDpop : bearerOnly
  const [, name = '', text] = known.token.exec(authorization) ?? []
  // A header with another scheme does not present an access token.
  if (text === undefined && !known.names.test(authorization)) throw new MissingTokenError()
  if (text === undefined || text.length > longestParameter) {
    throw new InvalidRequestError('The Authorization header is malformed')
  }
  // RFC 6750 2 and 3.1: a request must use only one method, so two tokens are an error.
  if (hasTokenElsewhere(request))
    throw new InvalidRequestError('The access token must be sent once, in the Authorization header')
  return { scheme: name.length === 4 ? 'DPoP' : 'Bearer', text }
}

/** Returns whether the Authorization header has the scheme DPoP (RFC 9449 7.1). */
export function hasDpopScheme({ authorization }: OAuthRequest): boolean {
  return authorization !== undefined && /^ *dpop\b/i.test(authorization)
}

function hasTokenElsewhere(request: OAuthRequest): boolean {
  if (request.search !== '' && 'access_token' in request.query) return true
  const { body } = request
  // In a JSON body, the name belongs to the application.
  return body !== undefined && 'access_token' in body && isForm(request)
}
