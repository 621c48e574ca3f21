import { withCode } from '../errors/error-code'
import { OAuth2Error, ServerError } from '../errors/errors'
import type { OAuthRequest } from '../http/request'
import type { Settings } from '../options/settings'
import { randomHex } from '../crypto/hash'
import { type MaybePromise, thenMaybe } from '../async/maybe-promise'
import { answerOf, answersOf, userAnswer } from './callback'
import type { WithTimeout } from '../async/timeout'
import type { Model, ModelClient, ModelCode, ModelRefreshToken } from '../contract/model'
import type {
  IssuedTokens,
  Storage,
  StorageAccessToken,
  StorageClient,
  Presented,
  TokenOrder,
} from '../storage/storage'

type TokenType = 'accessToken' | 'refreshToken' | 'authorization_code'

/**
 * The engine's port over a model of the 2.4 line: its functions are called with the arguments and
 * in the order that such a model was written for. Tokens are raw, a code is not used up and there
 * are no families: that contract has no room for it.
 */
export function storageOverModel(
  model: Model,
  settings: Settings,
  withTimeout: WithTimeout,
): Storage {
  const { now, accessTokenLifetime, refreshTokenLifetime, authCodeLifetime } = settings

  function ask<T>(name: keyof Model, ...args: unknown[]): MaybePromise<T> {
    return answerOf(model, name, args, withTimeout) as MaybePromise<T>
  }

  async function getClient(id: string, secret: string | null): Promise<StorageClient | null> {
    const client = await ask<ModelClient | true | null>('getClient', id, secret)
    return client ? storageClient(id, client, settings.grants) : null
  }

  /** A new token, or one of an earlier grant that is issued again. */
  async function makeToken(
    type: TokenType,
    request: OAuthRequest,
  ): Promise<{ token: string; again: boolean }> {
    const made =
      model.generateToken && (await ask<unknown>('generateToken', type, request.native.request))
    if (!made) return { token: randomHex(20), again: false }
    const again = typeof made === 'object'
    const token = again ? (made as Record<string, unknown>)[type] : made
    if (typeof token !== 'string' || token === '')
      throw withCode('OAUTH2_KIT_STORE', new TypeError(`The model's generateToken gave no ${type}`))
    return { token, again }
  }

  async function issueTokens({
    client,
    user,
    refresh,
    request,
    scope,
  }: TokenOrder): Promise<IssuedTokens> {
    const at = now()
    const access = await makeToken('accessToken', request)
    if (!access.again) {
      await ask(
        'saveAccessToken',
        access.token,
        client.id,
        dateAfter(at, accessTokenLifetime),
        user,
      )
    }
    const tokens: IssuedTokens = {
      accessToken: access.token,
      expiresIn: accessTokenLifetime,
      scope,
    }
    if (!refresh) return tokens
    const next = await makeToken('refreshToken', request)
    if (!next.again)
      await ask(
        'saveRefreshToken',
        next.token,
        client.id,
        dateAfter(at, refreshTokenLifetime),
        user,
      )
    return { ...tokens, refreshToken: next.token }
  }

  function presented(
    found: ModelCode | ModelRefreshToken,
    source: keyof Model,
    isUser: (user: unknown) => boolean = Boolean,
  ): Presented {
    return {
      clientId: found.clientId,
      expiresAt: millisecondsOf(found.expires),
      scope: '',
      findUser() {
        const user = found.user || (found.userId ? { id: found.userId } : undefined)
        if (!isUser(user))
          throw new ServerError(
            null,
            withCode(
              'OAUTH2_KIT_STORE',
              new TypeError(`The model's ${source} gave neither user nor userId`),
            ),
          )
        return user
      },
      redeem: issueTokens,
      // The 2.4 contract has no way to redeem something once, or to end a grant.
      mayBeRedeemed: async () => false,
      async confirmUser() {},
      async refuse() {},
      async end() {},
    }
  }

  return {
    sideBySide: false,
    findClient: async (id) => getClient(id, null),
    authenticateClient: async ({ id, secrets }, guess) =>
      guess(() => getClient(id, secrets[0] ?? '')),
    allowsGrant: async (client, grantType) =>
      Boolean(await ask('grantTypeAllowed', client.id, grantType)),
    issueTokens,

    findAccessToken: (token) =>
      thenMaybe(ask<Record<string, unknown> | null>('getAccessToken', token), accessToken),

    async findCode(code) {
      const found = await ask<ModelCode | null>('getAuthCode', code)
      if (!found) return null
      // A code always expires: one without an end has ended.
      return {
        ...presented(found, 'getAuthCode', hasId),
        expiresAt: millisecondsOf(found.expires) ?? -Infinity,
      }
    },

    async findRefreshToken(token) {
      const found = await ask<ModelRefreshToken | null>('getRefreshToken', token)
      if (!found) return null
      const redeem = async (order: TokenOrder) => {
        if (model.revokeRefreshToken) await ask('revokeRefreshToken', token)
        return issueTokens(order)
      }
      return { ...presented(found, 'getRefreshToken'), redeem }
    },

    authenticateUser: async (username, password) => ask('getUser', username, password),
    findClientUser: async ({ id }, { secrets }) =>
      (await ask('getUserFromClient', id, secrets[0])) || null,

    async extend(grantType, request) {
      if (!model.extendedGrant) return { supported: false }
      try {
        const args = [grantType, request.native.request]
        return await answersOf(model, 'extendedGrant', args, withTimeout, userAnswer)
      } catch (error) {
        throw grantError(error)
      }
    },

    async issueCode({ client, user, request }) {
      const { token } = await makeToken('authorization_code', request)
      await ask('saveAuthCode', token, client.id, dateAfter(now(), authCodeLifetime), user)
      return token
    },
  }
}

function accessToken(found: Record<string, unknown> | null): StorageAccessToken | null {
  if (!found) return null
  return {
    expiresAt: millisecondsOf(found['expires']),
    scope: typeof found['scope'] === 'string' ? found['scope'] : '',
    grant: null,
    exposed: found,
    user: found['user'] || { id: found['userId'] },
  }
}

function storageClient(
  id: string,
  client: ModelClient | true,
  grants: readonly string[],
): StorageClient {
  const uri = client === true ? undefined : client.redirectUri
  return {
    id,
    type: 'confidential',
    authMethod: 'client_secret_basic',
    redirectUris: Array.isArray(uri) ? uri : typeof uri === 'string' ? [uri] : [],
    // The model is asked about each one when it is used.
    grantTypes: [...grants],
    scopes: null,
    exposed: client,
  }
}

function hasId(user: unknown): boolean {
  return Boolean((user as { id?: unknown } | null | undefined)?.id)
}

/** `null` = never; anything but a valid Date has ended. */
function millisecondsOf(expires: unknown): number | null {
  if (expires === null) return null
  const time = Object.prototype.toString.call(expires) === '[object Date]' ? Number(expires) : NaN
  return Number.isNaN(time) ? -Infinity : time
}

function dateAfter(at: number, seconds: number | null): Date | null {
  return seconds === null ? null : new Date(at + seconds * 1000)
}

/** An extension grant may name its own error (RFC 6749 4.5); any other is a failure of the model. */
function grantError(error: unknown): unknown {
  if (error instanceof OAuth2Error) return error
  const { error: code, description, message } = (error ?? {}) as Record<string, string | undefined>
  return code ? new OAuth2Error(code, description || message, error) : error
}
