import { randomBytes } from 'node:crypto'
import type {
  AuthorizationCode,
  AuthorizationCodeModel,
  Client,
  RefreshToken,
  Token,
} from '@node-oauth/oauth2-server'
import {
  type Contender,
  basicHeader,
  codeForm,
  pkce,
  refreshForm,
  setup,
  times,
} from '@oauth2-kit/bench/contender'
import type { Row, TableOfModel, Tables } from '@oauth2-kit/bench/tables'
import { dateIn, newToken, newTokens } from './values'

const owner = ['scope', 'client_id', 'user_id']
const challenge = ['code_challenge', 'code_challenge_method']

/** The tables of both models. */
export const tablesOfModels: readonly TableOfModel[] = [
  { name: 'clients', columns: ['id', 'secret', 'grants', 'redirect_uri', 'user_id'], keys: ['id'] },
  { name: 'users', columns: ['id', 'username'], keys: ['id'] },
  {
    name: 'codes',
    columns: ['code', 'expires_at', 'redirect_uri', ...challenge, ...owner],
    keys: ['code'],
  },
  {
    name: 'access_tokens',
    columns: ['access_token', 'expires_at', ...owner],
    keys: ['access_token'],
  },
  {
    name: 'refresh_tokens',
    columns: ['refresh_token', 'expires_at', ...owner],
    keys: ['refresh_token'],
  },
  {
    name: 'tokens',
    columns: ['access_token', 'expires_at', 'refresh_token', 'refresh_expires_at', ...owner],
    keys: ['access_token', 'refresh_token'],
  },
]

/**
 * How a model uses its database: `docs` as the documentation of the library shows (tokens of each
 * kind in a table of their own, with a look-up of client and user), `lean` with the fewest
 * statements that are possible (one row for both tokens, which names client and user). Both keep
 * tokens as they are, and detect no replay.
 */
export type Style = 'docs' | 'lean'

const { clientId, userId, redirectUri } = setup

/** Returns a model on those tables. */
export function databaseModel(tables: Tables, style: Style) {
  const isLean = style === 'lean'

  /** Resolves with the client and the user of a row, as the library needs them. */
  async function ownerOf(row: Row): Promise<{ client: Client; user: { id: string } }> {
    const [client_id, user_id] = [text(row['client_id']), text(row['user_id'])]
    if (isLean) return { client: { id: client_id, grants: [] }, user: { id: user_id } }
    const [client, user] = await Promise.all([
      tables.find('clients', 'id', client_id),
      tables.find('users', 'id', user_id),
    ])
    return { client: clientOf(client!), user: { id: text(user!['id']) } }
  }

  return {
    async getClient(id: string, secret: string | null) {
      const row = await tables.find('clients', 'id', id)
      return row && (secret === null || row['secret'] === secret) ? clientOf(row) : null
    },
    async getUserFromClient(client: Client) {
      if (isLean) return { id: client.id }
      return { id: text((await tables.find('users', 'id', userId))!['id']) }
    },
    async getAccessToken(accessToken: string) {
      const row = await tables.find(
        isLean ? 'tokens' : 'access_tokens',
        'access_token',
        accessToken,
      )
      if (!row) return null
      return {
        accessToken,
        accessTokenExpiresAt: row['expires_at'] as Date,
        ...scopeOf(row),
        ...(await ownerOf(row)),
      }
    },
    async saveToken(token: Token, client: Client, user: { id?: string }) {
      const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, scope } =
        token
      const rest = columnsOf(scope, client, user)
      const access = { access_token: accessToken, expires_at: accessTokenExpiresAt }
      if (isLean) {
        const refresh = { refresh_token: refreshToken, refresh_expires_at: refreshTokenExpiresAt }
        await tables.insert('tokens', { ...access, ...(refreshToken && refresh), ...rest })
      } else {
        const refresh = { refresh_token: refreshToken, expires_at: refreshTokenExpiresAt }
        await Promise.all([
          tables.insert('access_tokens', { ...access, ...rest }),
          ...(refreshToken ? [tables.insert('refresh_tokens', { ...refresh, ...rest })] : []),
        ])
      }
      return { ...token, client, user }
    },
    async getRefreshToken(refreshToken: string) {
      const row = await tables.find(
        isLean ? 'tokens' : 'refresh_tokens',
        'refresh_token',
        refreshToken,
      )
      if (!row) return null
      const expiry = row[isLean ? 'refresh_expires_at' : 'expires_at'] as Date
      return {
        refreshToken,
        refreshTokenExpiresAt: expiry,
        ...scopeOf(row),
        ...(await ownerOf(row)),
      }
    },
    revokeToken: ({ refreshToken }: RefreshToken) =>
      tables.remove(isLean ? 'tokens' : 'refresh_tokens', 'refresh_token', refreshToken),
    async saveAuthorizationCode(
      code: Parameters<AuthorizationCodeModel['saveAuthorizationCode']>[0],
      client: Client,
      user: { id?: string },
    ) {
      await tables.insert('codes', {
        code: code.authorizationCode,
        expires_at: code.expiresAt,
        redirect_uri: code.redirectUri,
        code_challenge: code.codeChallenge,
        code_challenge_method: code.codeChallengeMethod,
        ...columnsOf(code.scope, client, user),
      })
      return { ...code, client, user }
    },
    async getAuthorizationCode(authorizationCode: string) {
      const row = await tables.find('codes', 'code', authorizationCode)
      if (!row) return null
      return {
        authorizationCode,
        expiresAt: row['expires_at'] as Date,
        redirectUri: text(row['redirect_uri']),
        codeChallenge: text(row['code_challenge']),
        codeChallengeMethod: text(row['code_challenge_method']),
        ...scopeOf(row),
        ...(await ownerOf(row)),
      }
    },
    revokeAuthorizationCode: ({ authorizationCode }: AuthorizationCode) =>
      tables.remove('codes', 'code', authorizationCode),
  }
}

/** A model on a database, with its client and its user. Returns what a contender on it needs. */
export async function onDatabaseModel(
  tables: Tables,
  model: ReturnType<typeof databaseModel>,
  grants: readonly string[],
): Promise<Omit<Contender, 'authorise' | 'grant'>> {
  const secret = randomBytes(32).toString('hex')
  await tables.insert('clients', {
    id: clientId,
    secret,
    grants: grants.join(' '),
    redirect_uri: redirectUri,
    user_id: userId,
  })
  await tables.insert('users', { id: userId, username: 'ada' })
  const client: Client = { id: clientId, redirectUris: [redirectUri], grants: [...grants] }
  const user = { id: userId }
  const scope = [...setup.scopes]

  async function saveTokens() {
    const token = { ...newTokens(), scope, client, user }
    await model.saveToken(token, client, user)
    return token
  }

  async function saveCode(): Promise<string> {
    const authorizationCode = newToken()
    const expiresAt = dateIn(setup.authCodeLifetime)
    const proof = { codeChallenge: pkce.challenge, codeChallengeMethod: 'S256' }
    const code = { authorizationCode, expiresAt, redirectUri, scope, ...proof }
    await model.saveAuthorizationCode(code, client, user)
    return authorizationCode
  }

  return {
    basic: basicHeader(secret),
    accessTokens: (count) => times(count, async () => (await saveTokens()).accessToken),
    codes: (count) =>
      times(count, async () => codeForm(await saveCode(), { code_verifier: pkce.verifier })),
    refreshTokens: (count) =>
      times(count, async () => refreshForm((await saveTokens()).refreshToken)),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function scopeOf(row: Row): { scope?: string[] } {
  const scope = text(row['scope'])
  return scope === '' ? {} : { scope: scope.split(' ') }
}

function clientOf(row: Row): Client {
  return {
    id: text(row['id']),
    redirectUris: [text(row['redirect_uri'])],
    grants: text(row['grants']).split(' '),
  }
}

function columnsOf(scope: string[] | undefined, client: Client, user: { id?: string }): Row {
  return { scope: scope?.join(' '), client_id: client.id, user_id: user.id }
}
