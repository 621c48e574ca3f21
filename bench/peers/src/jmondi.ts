import { createSecretKey, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  AuthorizationServer,
  DateInterval,
  JwtService,
  type OAuthClient,
  type OAuthScope,
  type OAuthToken,
  type OAuthTokenRepository,
} from '@jmondi/oauth2-server'
import { handleExpressResponse, requestFromExpress } from '@jmondi/oauth2-server/express'
import { type Contender, basicHeader, refreshForm, setup, times } from '@oauth2-kit/bench/contender'
import { dateIn, newToken } from './values'
import type { Request, Response } from 'express'
import { readBody } from './body'

const secret = randomBytes(32).toString('hex')
const scopes: OAuthScope[] = setup.scopes.map((name) => ({ name }))
const user = { id: setup.userId }

/**
 * `@jmondi/oauth2-server` 4 with repositories in memory, as in its documentation. Its access tokens
 * are JWTs (HS256), so its bearer check is its own `JwtService`: it checks a signature and an
 * expiry, without a look-up. Its refresh tokens are opaque, like those of the other contenders.
 */
export async function jmondiContender(grants: readonly string[]): Promise<Contender> {
  const client: OAuthClient = {
    id: setup.clientId,
    name: 'bench',
    secret,
    redirectUris: [setup.redirectUri],
    allowedGrants: [...grants] as OAuthClient['allowedGrants'],
    scopes,
  }
  const tokens = tokensInMemory()
  // With a text as the secret, the library would first try to parse it as a private key on every
  // call, which costs ten times as much.
  const jwt = new JwtService(createSecretKey(randomBytes(32)))
  const server = new AuthorizationServer(
    {
      getByIdentifier: async () => client,
      isClientValid: async (grantType, { allowedGrants }, given) =>
        given === secret && allowedGrants.includes(grantType),
    },
    tokens.repository,
    { getAllByIdentifiers: async () => scopes, finalize: async (found) => found },
    jwt,
    { useOpaqueRefreshTokens: true },
  )
  const lifetime = new DateInterval(`${setup.accessTokenLifetime}s`)
  if (grants.includes('client_credentials')) server.enableGrantType('client_credentials', lifetime)
  if (grants.includes('refresh_token')) server.enableGrantType('refresh_token', lifetime)

  async function check(request: IncomingMessage): Promise<void> {
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
    Object.assign(request, { oauth: await jwt.verify(token) })
  }

  async function grant(request: Request, response: Response): Promise<void> {
    handleExpressResponse(
      response,
      await server.respondToAccessTokenRequest(requestFromExpress(request)),
    )
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const { headers } = request
    const given = await server.respondToAccessTokenRequest({ headers, query: {}, body })
    const bytes = Buffer.from(JSON.stringify(given.body))
    response.writeHead(given.status, {
      ...(given.headers as Record<string, string>),
      'Content-Type': 'application/json',
      'Content-Length': bytes.length,
    })
    response.end(bytes)
  }

  return {
    authorise: (request, _response, next) => void check(request).then(() => next(), next),
    grant: (request, response, next) =>
      void grant(request as Request, response as Response).catch(next),
    listener: () => (request, response) =>
      void answer(request, response).catch((error: Error) => response.destroy(error)),
    basic: basicHeader(secret),
    accessTokens: (count) =>
      times(count, () =>
        jwt.sign({
          cid: setup.clientId,
          scope: setup.scopes.join(' '),
          sub: setup.userId,
          exp: Math.floor(Date.now() / 1000) + setup.accessTokenLifetime,
          jti: newToken(),
        }),
      ),
    codes: () => Promise.reject(new Error('Codes are not measured for this library')),
    refreshTokens: (count) =>
      times(count, async () => {
        const token = await tokens.repository.issueToken(client, scopes, user)
        await tokens.repository.persist(token)
        await tokens.repository.issueRefreshToken(token, client)
        return refreshForm(token.refreshToken ?? '')
      }),
  }
}

function tokensInMemory() {
  const byAccess = new Map<string, OAuthToken>()
  const byRefresh = new Map<string, OAuthToken>()
  const repository: OAuthTokenRepository = {
    async issueToken(client, found, owner) {
      return {
        accessToken: newToken(),
        accessTokenExpiresAt: dateIn(setup.accessTokenLifetime),
        client,
        scopes: found,
        user: owner ?? null,
      }
    },
    async issueRefreshToken(token) {
      token.refreshToken = newToken()
      token.refreshTokenExpiresAt = dateIn(setup.refreshTokenLifetime)
      // The library doesn't call persist() for it.
      byRefresh.set(token.refreshToken, token)
      return token
    },
    async persist(token) {
      byAccess.set(token.accessToken, token)
    },
    async revoke({ accessToken, refreshToken }) {
      byAccess.delete(accessToken)
      if (refreshToken) byRefresh.delete(refreshToken)
    },
    async isRefreshTokenRevoked({ refreshToken }) {
      return !byRefresh.has(refreshToken ?? '')
    },
    async getByRefreshToken(token) {
      const found = byRefresh.get(token)
      if (!found) throw new Error('The refresh token does not exist')
      return found
    },
  }
  return { repository }
}
