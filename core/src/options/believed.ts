import { types } from 'node:util'
import {
  asServerError,
  expected,
  faultOrOutage,
  objectOrNothing,
  userOrNothing,
  hookError,
} from '../contract/hook-answer'
import { described } from '../values/described'
import type { CommonOptions, StoreOnlyOptions, Users } from './server-options'

type Options = CommonOptions & StoreOnlyOptions
type Functions = Pick<Options, 'users' | 'clientAddress' | 'extendedGrant' | 'generateToken'>

/**
 * Wraps the functions among the options so that their return values are checked. A wrong value
 * becomes a `server_error` that names the function. Undefined options stay undefined.
 */
export function believed(options: Options): Functions {
  const functions: Functions = {}
  if (options.users) functions.users = believedUsers(options.users)
  if (options.clientAddress) functions.clientAddress = (request) => addressOf(options, request)
  if (options.extendedGrant) {
    functions.extendedGrant = async (...args) => {
      const user = await answerOf(() => options.extendedGrant!(...args))
      return (expected('extendedGrant', user, userOrNothing) ?? null) as never
    }
  }
  if (options.generateToken) {
    functions.generateToken = async (type, request) => {
      const token = await answerOf(() => options.generateToken!(type, request))
      return tokenOrNothing(token, type === 'accessToken' && options.profile !== 'v2')
    }
  }
  return functions
}

function believedUsers(users: Users): Users {
  const functions: Users = {}
  if (users.authenticate) {
    functions.authenticate = async (username, password) => {
      const user = await answerOf(() => users.authenticate!(username, password))
      return (expected('users.authenticate', user, userOrNothing) ?? null) as never
    }
  }
  if (users.find) {
    functions.find = async (id) =>
      expected('users.find', await answerOf(() => users.find!(id)), objectOrNothing) ?? null
  }
  return functions
}

/**
 * Returns a token that a client can present, or `null` if the function returned no token. Throws a
 * `server_error` for any other value. The error does not contain the token.
 */
function tokenOrNothing(token: unknown, inHeader: boolean): string | null {
  if (!token) return null
  const [syntax, words] = inHeader ? bearer : visible
  if (typeof token === 'string' && syntax.test(token)) return token
  const returned = typeof token === 'string' ? 'text with other characters' : described(token)
  const cause = `"generateToken" must return ${words}, but returned ${returned}`
  throw hookError(cause)
}

const bearer = [
  /^[A-Za-z0-9._~+/-]+=*$/,
  'text of A-Z a-z 0-9 - . _ ~ + / with = at its end only (RFC 6750 2.1) for access tokens',
] as const
// This rule also applies to access tokens of the 2.4 line, which clients may send in a form.
const visible = [/^[\x20-\x7e]+$/, 'text in printable ASCII (RFC 6749 A.11, A.12, A.17)'] as const

async function answerOf(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    throw faultOrOutage(error)
  }
}

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
