import { types } from 'node:util'
import type { WithTimeout } from '../async/timeout'
import {
  type Expected,
  asServerError,
  expected,
  faultOrOutage,
  objectOrNull,
  userOrNull,
  hookError,
} from '../contract/hook-answer'
import { type AnswerOf, answersWithin } from './answers-within'
import { type ClientMetadataSettings, clientMetadataOf } from './client-metadata'
import { described } from '../values/described'
import { ServerError } from '../errors/errors'
import { isPlainObject } from '../values/is-object'
import type { Claims, CommonOptions, StoreOnlyOptions, Users } from './server-options'
import { type RegistrationSettings, registrationOf } from './registration-options'
import { type CheckedIssuer, trustedIssuersOf } from './trusted-issuers'

type Options = CommonOptions & StoreOnlyOptions
type Functions = Pick<
  Options,
  'users' | 'clientAddress' | 'extendedGrant' | 'generateToken' | 'scopes' | 'claims' | 'fetchJwks'
> & {
  clientMetadata?: ClientMetadataSettings
  trustedIssuers?: CheckedIssuer[]
  registration?: RegistrationSettings
}

/**
 * Wraps the functions among the options so that their return values are checked and that each call
 * has a time limit. A wrong value becomes a `server_error` that names the function. Undefined
 * options stay undefined.
 */
export function believed(options: Options, withTimeout: WithTimeout): Functions {
  const functions: Functions = {}
  const answerInTime = answersWithin(withTimeout)
  const answerOf: AnswerOf = async (name, call) => {
    try {
      return await answerInTime(name, call)
    } catch (error) {
      throw faultOrOutage(error)
    }
  }
  if (options.users) functions.users = believedUsers(options.users, answerOf)
  if (options.clientAddress) functions.clientAddress = (request) => addressOf(options, request)
  if (options.extendedGrant) {
    functions.extendedGrant = async (...args) => {
      const user = await answerOf('extendedGrant', () => options.extendedGrant!(...args))
      return expected('extendedGrant', user, userOrNull) as never
    }
  }
  if (options.generateToken) {
    functions.generateToken = async (type, ...args) => {
      const token = await answerOf('generateToken', () => options.generateToken!(type, ...args))
      return tokenOrNull('generateToken', token, type === 'accessToken' && options.profile !== 'v2')
    }
  }
  if (options.scopes) {
    functions.scopes = async (about) => {
      const requested = [...about.scopes]
      const scopes = await answerOf('scopes', () => options.scopes!(about))
      return narrowed(expected('scopes', scopes, scopeList), requested)
    }
  }
  if (options.claims) {
    functions.claims = async (about) =>
      claimsOf(await answerOf('claims', () => options.claims!(about)))
  }
  if (options.clientMetadata)
    functions.clientMetadata = clientMetadataOf(options.clientMetadata, answerOf)
  if (options.trustedIssuers)
    functions.trustedIssuers = trustedIssuersOf(options.trustedIssuers, answerOf)
  if (options.registration) functions.registration = registrationOf(options.registration, answerOf)
  if (options.fetchJwks) {
    // Every error means that the keys cannot be fetched.
    functions.fetchJwks = (url) => answerInTime('fetchJwks', () => options.fetchJwks!(url))
  }
  return functions
}

const scopeList: Expected<readonly string[]> = {
  holds: (value): value is readonly string[] =>
    Array.isArray(value) && value.every((scope) => typeof scope === 'string'),
  words: 'an array of scopes',
}

/** Throws a `server_error` if a scope was not requested. */
function narrowed(scopes: readonly string[], requested: readonly string[]): readonly string[] {
  const wider = scopes.find((scope) => !requested.includes(scope))
  if (wider === undefined) return scopes
  throw hookError(
    `"scopes" returned ${described(wider)}, which is not among the scopes that it got: return all ` +
      'or a part of them',
  )
}

/**
 * Members of RFC 6749 5.1 and 5.2, RFC 7662 2.2, RFC 7519 4.1, RFC 8693 2.2.1, RFC 9068 2.2 and OpenID
 * Connect: all that the server sets, or that would be mistaken for its own.
 */
const reserved: ReadonlySet<string> = new Set(
  (
    'access_token token_type expires_in refresh_token scope id_token error error_description ' +
    'error_uri active client_id username exp iat nbf sub aud iss jti cnf auth_time ' +
    'issued_token_type __proto__'
  ).split(' '),
)

const longestClaims = 4096

/** Returns the members of a response, or `null`. Throws a `server_error` for any other value. */
function claimsOf(value: unknown): Claims | null {
  const claims = expected('claims', value, objectOrNull)
  if (!claims) return null
  const json = jsonOf(claims)
  if (json.length > longestClaims)
    throw hookError(`"claims" returned ${json.length} characters of JSON, at most ${longestClaims}`)
  // What is stored and sent, also if the object has a toJSON().
  const members: unknown = JSON.parse(json)
  if (!isPlainObject(claims) || !isPlainObject(members))
    throw hookError('"claims" must return a plain object, or null')
  const taken = Object.keys(members).find((name) => reserved.has(name))
  if (taken !== undefined)
    throw hookError(
      `"claims" returned the member "${taken}", which only the server may set: rename it`,
    )
  return members
}

function jsonOf(claims: object): string {
  try {
    return JSON.stringify(claims) ?? 'null'
  } catch (cause) {
    throw new ServerError(null, cause)
  }
}

/** Wraps the functions about users so that their return values are checked. */
export function believedUsers(users: Users, answerOf: AnswerOf): Users {
  const functions: Users = {}
  if (users.authenticate) {
    functions.authenticate = async (...args) => {
      const user = await answerOf('users.authenticate', () => users.authenticate!(...args))
      return expected('users.authenticate', user, userOrNull) as never
    }
  }
  if (users.find) {
    functions.find = async (id) =>
      expected('users.find', await answerOf('users.find', () => users.find!(id)), objectOrNull)
  }
  return functions
}

/**
 * Returns a token that a client can present, or `null` if the function returned `null`. Throws a
 * `server_error` for any other value. The error does not contain the token.
 */
export function tokenOrNull(name: string, token: unknown, inHeader: boolean): string | null {
  if (token === null) return null
  const [syntax, words] = inHeader ? bearer : visible
  if (typeof token === 'string' && syntax.test(token)) return token
  const returned =
    typeof token === 'string' && token !== '' ? 'text with other characters' : described(token)
  throw hookError(
    `"${name}" must return ${words}, or null for a token of the server, but returned ${returned}`,
  )
}

const bearer = [
  /^[A-Za-z0-9._~+/-]+=*$/,
  'text of A-Z a-z 0-9 - . _ ~ + / with = at its end only (RFC 6750 2.1) for access tokens',
] as const
// This rule also applies to access tokens of the 2.4 line, which clients may send in a form.
const visible = [/^[\x20-\x7e]+$/, 'text in printable ASCII (RFC 6749 A.11, A.12, A.17)'] as const

function addressOf(options: Options, request: unknown): string | undefined {
  let address: unknown
  try {
    address = options.clientAddress!(request as never)
  } catch (error) {
    throw asServerError(error)
  }
  if (address === undefined || address === null || typeof address === 'string') {
    return address ?? undefined
  }
  // The function is probably async. A rejection of its promise must not end the process.
  if (types.isPromise(address)) address.catch(() => {})
  const cause = `"clientAddress" must return text or undefined, but returned ${described(address)}`
  throw hookError(cause)
}
