import { randomBytes } from 'node:crypto'
import type {
  AuthorizationCode,
  AuthorizationCodeModel,
  Client,
  ClientCredentialsModel,
  RefreshToken,
  RefreshTokenModel,
  Token,
} from '@node-oauth/oauth2-server'
import {
  type Contender,
  basicHeader,
  codeForm,
  refreshForm,
  setup,
  times,
} from '@oauth2-kit/bench/contender'
import { dateIn, newToken, newTokens } from './values'

const { clientId, redirectUri } = setup
const secret = randomBytes(32).toString('hex')
const user = { id: setup.userId }

/** Returns the equivalent of the callback model for @node-oauth/oauth2-server. */
export function promiseModel(grants: readonly string[]) {
  const client: Client = { id: clientId, redirectUris: [redirectUri], grants: [...grants] }
  const accessTokens = new Map<string, Token>()
  const refreshTokens = new Map<string, RefreshToken>()
  const codes = new Map<string, AuthorizationCode>()

  return {
    client,
    async getClient(id: string, given: string | null) {
      return id === clientId && (given === null || given === secret) ? client : null
    },
    async getUserFromClient(client: Client) {
      return client.id === clientId ? user : null
    },
    async getAccessToken(token: string) {
      return accessTokens.get(token)
    },
    async saveToken(token: Token, client: Client, user: Token['user']) {
      const saved = { ...token, client, user }
      accessTokens.set(token.accessToken, saved)
      const { refreshToken } = saved
      if (refreshToken) refreshTokens.set(refreshToken, { ...saved, refreshToken })
      return saved
    },
    async getRefreshToken(token: string) {
      return refreshTokens.get(token)
    },
    async revokeToken({ refreshToken }: RefreshToken) {
      return refreshTokens.delete(refreshToken)
    },
    async getAuthorizationCode(code: string) {
      return codes.get(code)
    },
    async saveAuthorizationCode(
      code: Parameters<AuthorizationCodeModel['saveAuthorizationCode']>[0],
      client: Client,
      user: AuthorizationCode['user'],
    ) {
      const saved = { ...code, client, user }
      codes.set(code.authorizationCode, saved)
      return saved
    },
    // Codes are used once, because the library requires it.
    async revokeAuthorizationCode({ authorizationCode }: AuthorizationCode) {
      return codes.delete(authorizationCode)
    },
  } satisfies AuthorizationCodeModel &
    ClientCredentialsModel &
    RefreshTokenModel & { client: Client }
}

/** Returns what a contender on that model needs, prepared before the measurement. */
export function onPromiseModel(
  model: ReturnType<typeof promiseModel>,
): Omit<Contender, 'authorise' | 'grant'> {
  const { client } = model

  async function saveTokens() {
    return model.saveToken({ ...newTokens(), client, user }, client, user)
  }

  async function saveCode() {
    const code = {
      authorizationCode: newToken(),
      expiresAt: dateIn(setup.authCodeLifetime),
      redirectUri,
    }
    return model.saveAuthorizationCode(code, client, user)
  }

  return {
    basic: basicHeader(secret),
    accessTokens: (count) => times(count, async () => (await saveTokens()).accessToken),
    codes: (count) => times(count, async () => codeForm((await saveCode()).authorizationCode)),
    refreshTokens: (count) =>
      times(count, async () => refreshForm((await saveTokens()).refreshToken ?? '')),
  }
}
