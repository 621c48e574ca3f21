import { randomBytes } from 'node:crypto'
import type { Fixtures } from '../types'
import type { Connection } from './connection'
import { digest } from './model'
import type { RecordRow } from './tables'

/** A scope: a list in version 5 of the servers, one string in versions 3 and 4. */
export type Scope = string | string[]

/** A client, as a promise model returns it. */
export interface PromiseClient {
  id: string
  redirectUris: string[]
  grants: string[]
}

/** A user, of which the servers read nothing. */
export interface PromiseUser {
  id: string | number
}

/** What belongs to every code and token that was saved. */
interface Owned {
  client: { id: string }
  user: PromiseUser
  scope?: Scope | undefined
}

/** An access token, and its refresh token, as the servers pass them to `saveToken`. */
export interface PromiseToken {
  accessToken: string
  accessTokenExpiresAt?: Date | undefined
  refreshToken?: string | undefined
  refreshTokenExpiresAt?: Date | undefined
  scope?: Scope | undefined
}

/** An authorization code, as the servers pass it to `saveAuthorizationCode`. */
export interface PromiseCode {
  authorizationCode: string
  expiresAt: Date
  redirectUri?: string | undefined
  scope?: Scope | undefined
  codeChallenge?: string | undefined
  codeChallengeMethod?: string | undefined
}

type Miss = null | undefined | false

/** A model of `oauth2-server` 3 to 5, in which every function returns a promise. */
export interface PromiseModel {
  getClient(id: string, secret?: string | null): Promise<PromiseClient | Miss>
  getUser(username: string, password: string, client?: object): Promise<PromiseUser | Miss>
  getUserFromClient(client: { id: string }): Promise<PromiseUser | Miss>
  saveToken(
    token: PromiseToken,
    client: { id: string },
    user: PromiseUser,
  ): Promise<PromiseToken & Owned>
  getAccessToken(token: string): Promise<(PromiseToken & Owned) | Miss>
  getRefreshToken(token: string): Promise<(Partial<PromiseToken> & Owned) | Miss>
  revokeToken(token: { refreshToken?: string | undefined }): Promise<boolean>
  saveAuthorizationCode(
    code: PromiseCode,
    client: { id: string },
    user: PromiseUser,
  ): Promise<PromiseCode & Owned>
  getAuthorizationCode(code: string): Promise<(PromiseCode & Owned) | Miss>
  revokeAuthorizationCode(code: { authorizationCode: string }): Promise<boolean>
  validateScope(
    user: PromiseUser,
    client: { id: string },
    scope: Scope | undefined,
  ): Promise<Scope | Miss>
  verifyScope(token: { scope?: Scope | undefined }, scope: Scope): Promise<boolean>
  validateRedirectUri(uri: string, client: { redirectUris: string[] }): Promise<boolean>
  generateAccessToken(client: object, user: PromiseUser, scope: Scope | undefined): Promise<string>
  generateRefreshToken(client: object, user: PromiseUser, scope: Scope | undefined): Promise<string>
  generateAuthorizationCode(
    client: object,
    user: PromiseUser,
    scope: Scope | undefined,
  ): Promise<string>
}

/** Where a promise model keeps texts. Each operation is atomic. */
export interface Shelf {
  get(key: string): Promise<string | null>
  put(key: string, text: string): Promise<void>
  /** Removes the entry, and resolves with its text; with null if another call has removed it. */
  take(key: string): Promise<string | null>
}

/** Returns a shelf in memory. */
export function memoryShelf(entries: Map<string, string>): Shelf {
  return {
    get: async (key) => entries.get(key) ?? null,
    put: async (key, text) => void entries.set(key, text),
    async take(key) {
      const text = entries.get(key) ?? null
      entries.delete(key)
      return text
    },
  }
}

/** Returns a shelf in a reference database: each operation is one round trip. */
export function recordShelf(connection: Connection, namespace: string): Shelf {
  return {
    async get(key) {
      return textOf(await connection.run(namespace, { do: 'get', table: 'records', key }))
    },
    async put(key, data) {
      const row = { key, data, expiresAt: 0, removeAt: 0 }
      await connection.run(namespace, { do: 'put', table: 'records', row })
    },
    async take(key) {
      const call = { do: 'call', procedure: 'takeRecord', args: [key] } as const
      return textOf(await connection.run(namespace, call))
    },
  }
}

function textOf(row: unknown): string | null {
  return (row as RecordRow | null)?.data ?? null
}

/** Stores clients and users where the model finds them. */
export async function seedPromiseModel(shelf: Shelf, data: Fixtures): Promise<void> {
  const { client, otherClient, user, otherUser } = data
  for (const { id, secret, redirectUri } of [client, otherClient])
    await shelf.put(`client:${id}`, JSON.stringify({ secret: digest(secret), redirectUri }))
  for (const { username, id, password } of otherUser ? [user, otherUser] : [user])
    await shelf.put(`user:${username}`, JSON.stringify({ id, password: digest(password) }))
}

/** The grant types of every client. */
export const grantTypes = [
  'password',
  'client_credentials',
  'refresh_token',
  'authorization_code',
] as const

/** The scopes that every user may give to every client. */
export const knownScopes: readonly string[] = ['profile', 'email', 'read', 'write']

/** The parts of a scope in either form. */
export function partsOf(scope: Scope | undefined): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : (scope ?? [])
}

/** Returns the key under which a code or token is stored. */
export function keyOf(kind: 'code' | 'access' | 'refresh', token: string): string {
  return `${kind}:${digest(token)}`
}

interface Row {
  clientId: string
  userId: string | number
  expires: number | null
  scope?: Scope | undefined
}

type CodeRow = Row & Pick<PromiseCode, 'redirectUri' | 'codeChallenge' | 'codeChallengeMethod'>

/** Returns a promise model that stores only hashes, and revokes by one atomic operation. */
export function referencePromiseModel(shelf: Shelf): PromiseModel {
  async function read<T>(key: string): Promise<T | null> {
    const text = await shelf.get(key)
    return text === null ? null : (JSON.parse(text) as T)
  }

  return {
    async getClient(id, secret) {
      if (typeof id !== 'string') return null
      const found = await read<{ secret: string; redirectUri?: string }>(`client:${id}`)
      // The authorization endpoint passes null: there, nobody is authenticated.
      const isRight = found && (secret === null || digest(secret!) === found.secret)
      if (!isRight) return null
      return { id, redirectUris: [found.redirectUri ?? []].flat(), grants: [...grantTypes] }
    },
    async getUser(username, password) {
      if (typeof username !== 'string') return null
      const found = await read<{ id: string | number; password: string }>(`user:${username}`)
      return found && found.password === digest(password) ? { id: found.id } : null
    },
    async getUserFromClient({ id }) {
      if (typeof id !== 'string') return null
      return (await shelf.get(`client:${id}`)) === null ? null : { id: `service-of-${id}` }
    },

    async saveToken(token, client, user) {
      const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, scope } =
        token
      const owner = { clientId: client.id, userId: user.id, scope }
      const access: Row = { ...owner, expires: timeOf(accessTokenExpiresAt) }
      const refresh: Row = { ...owner, expires: timeOf(refreshTokenExpiresAt) }
      await shelf.put(keyOf('access', accessToken), JSON.stringify(access))
      if (refreshToken) await shelf.put(keyOf('refresh', refreshToken), JSON.stringify(refresh))
      return { ...token, client: { ...client }, user: { ...user } }
    },
    async getAccessToken(accessToken) {
      const row = await read<Row>(keyOf('access', accessToken))
      return row && { accessToken, accessTokenExpiresAt: dateOf(row.expires), ...ownerOf(row) }
    },
    async getRefreshToken(refreshToken) {
      const row = await read<Row>(keyOf('refresh', refreshToken))
      return row && { refreshToken, refreshTokenExpiresAt: dateOf(row.expires), ...ownerOf(row) }
    },
    async revokeToken({ refreshToken }) {
      return (await shelf.take(keyOf('refresh', refreshToken!))) !== null
    },

    async saveAuthorizationCode(code, client, user) {
      const { authorizationCode, expiresAt, redirectUri, scope } = code
      const { codeChallenge, codeChallengeMethod } = code
      const row: CodeRow = {
        clientId: client.id,
        userId: user.id,
        expires: expiresAt.getTime(),
        redirectUri,
        scope,
        codeChallenge,
        codeChallengeMethod,
      }
      await shelf.put(keyOf('code', authorizationCode), JSON.stringify(row))
      return { ...code, client: { ...client }, user: { ...user } }
    },
    async getAuthorizationCode(authorizationCode) {
      const row = await read<CodeRow>(keyOf('code', authorizationCode))
      if (!row) return null
      const { redirectUri, codeChallenge, codeChallengeMethod } = row
      return {
        authorizationCode,
        expiresAt: new Date(row.expires!),
        redirectUri,
        codeChallenge,
        codeChallengeMethod,
        ...ownerOf(row),
      }
    },
    async revokeAuthorizationCode({ authorizationCode }) {
      return (await shelf.take(keyOf('code', authorizationCode))) !== null
    },

    async validateScope(_user, _client, scope) {
      if (scope === undefined || scope === null) return ['profile']
      const isKnown = partsOf(scope).every((one) => knownScopes.includes(one))
      return isKnown && scope
    },
    async verifyScope(token, scope) {
      const has = partsOf(token.scope)
      return partsOf(scope).every((one) => has.includes(one))
    },

    async validateRedirectUri(uri, { redirectUris }) {
      return redirectUris.includes(uri)
    },

    generateAccessToken: generate,
    generateRefreshToken: generate,
    generateAuthorizationCode: generate,
  }
}

async function generate(): Promise<string> {
  return randomBytes(32).toString('hex')
}

function ownerOf({ clientId, userId, scope }: Row): Owned {
  return { client: { id: clientId }, user: { id: userId }, scope }
}

function timeOf(date: Date | null | undefined): number | null {
  return date ? date.getTime() : null
}

function dateOf(time: number | null): Date | undefined {
  return time === null ? undefined : new Date(time)
}
