import type { Client, Token } from './contract'

/** The form of a scope: text in `oauth2-server` 3 and 4, a list in 5. */
export type ScopeFormat = 'string' | 'array'

/** The client that all servers know. */
export const album = {
  id: 'album',
  secret: 'album-secret',
  redirectUris: ['http://127.0.0.1:4000/callback'],
  grants: ['authorization_code', 'password', 'refresh_token'],
}
/** Another client, whose secret is valid but whose tokens are its own. */
export const other = { ...album, id: 'other', secret: 'other-secret' }
/** The user that all servers know. */
export const ada = { id: '17', username: 'ada', password: 'engine' }
/** The scopes of both clients. */
export const scopes = ['profile', 'photos']

/** A fast hash for the secrets of oauth2-kit, because the tests compare responses, not hashes. */
export const fastHash = {
  hash: async (text: string) => `fast:${text}`,
  verify: async (text: string, hash: string) => hash === `fast:${text}`,
}

/** Milliseconds, and longer than the default lifetime of an access token everywhere. */
export const aDay = 86_400_000

/** What a test does to a server. */
export interface State {
  /** Whether the database is down. */
  isDown: boolean
  /** Whether a day has passed since the tokens were issued. */
  hasAged: boolean
}

/** The state of a server to which nothing was done. */
export const untouched: Readonly<State> = { isDown: false, hasAged: false }

/** The error of a driver whose database is down. */
export function databaseError(): Error {
  return new Error('connect ECONNREFUSED db.internal:5432')
}

function parse(scope: Token['scope']): string[] {
  return typeof scope === 'string' ? scope.split(' ') : (scope ?? scopes)
}

/** Returns a promise model in memory, as the documentation of these servers describes it. */
export function plainModel(format: ScopeFormat, state: State) {
  const codes = new Map<string, Token>()
  const accessTokens = new Map<string, Token>()
  const refreshTokens = new Map<string, Token>()

  const written = (list: string[]) => (format === 'array' ? list : list.join(' '))

  function works<T>(value: T): Promise<T> {
    return state.isDown ? Promise.reject(databaseError()) : Promise.resolve(value)
  }

  return {
    getClient: (id: string, secret: string | null) =>
      works([album, other].find((one) => one.id === id && [null, one.secret].includes(secret))),

    getUser: (username: string, password: string) =>
      works(username === ada.username && password === ada.password ? { id: ada.id } : null),

    saveAuthorizationCode(code: Token, client: Client, user: object) {
      const saved = { ...code, client, user }
      codes.set(code.authorizationCode!, saved)
      return works(saved)
    },
    getAuthorizationCode: (code: string) => works(codes.get(code)),
    revokeAuthorizationCode: (code: Token) => works(codes.delete(code.authorizationCode!)),

    saveToken(token: Token, client: Client, user: object) {
      const saved = { ...token, client, user }
      accessTokens.set(token.accessToken!, saved)
      if (token.refreshToken) refreshTokens.set(token.refreshToken, saved)
      return works(saved)
    },
    getAccessToken(token: string) {
      const found = accessTokens.get(token)
      if (!found || !state.hasAged) return works(found)
      return works({ ...found, accessTokenExpiresAt: new Date(Date.now() - aDay) })
    },
    getRefreshToken: (token: string) => works(refreshTokens.get(token)),
    revokeToken: (token: Token) => works(refreshTokens.delete(token.refreshToken!)),

    validateScope(_user: object, _client: Client, scope: Token['scope']) {
      const requested = parse(scope)
      return works(requested.every((one) => scopes.includes(one)) && written(requested))
    },
    verifyScope: (token: Token, scope: Token['scope']) =>
      works(parse(scope).every((one) => parse(token.scope).includes(one))),
  }
}
