import { withCode } from '../errors/error-code'
import { OAuth2Error, ServerError } from '../errors/errors'
import type { OAuthRequest } from '../http/request'
import type { Settings } from '../options/settings'
import { randomHex } from '../crypto/random'
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
 * Implements `Storage` on a 2.4 model. It calls the model's functions with the arguments and in the
 * order of version 2.4. That contract passes raw tokens to the model, cannot ensure that a code is
 * redeemed only once, and has no grants to revoke.
 */
export function storageOverModel(
  model: Model,
  settings: Settings,
  withTimeout: WithTimeout,
): Storage {
  const { now, accessTokenLifetime, refreshTokenLifetime, authCodeLifetime } = settings

  function call<T>(name: keyof Model, ...args: unknown[]): MaybePromise<T> {
    return answerOf(model, name, args, withTimeout) as MaybePromise<T>
  }

  async function getClient(id: string, secret: string | null): Promise<StorageClient | null> {
    const client = await call<ModelClient | true | null>('getClient', id, secret)
    return client ? storageClient(id, client, settings.grants) : null
  }

  /** Resolves with a new token, or with an earlier token of the model to issue again. */
  async function makeToken(
    type: TokenType,
    request: OAuthRequest,
  ): Promise<{ token: string; again: boolean }> {
    const result =
      model.generateToken && (await call<unknown>('generateToken', type, request.native.request))
    if (!result) return { token: randomHex(20), again: false }
    const again = typeof result === 'object'
    const token = again ? (result as Record<string, unknown>)[type] : result
    if (typeof token !== 'string' || token === '')
      throw withCode(
        'OAUTH2_KIT_STORE',
        new TypeError(`The model's generateToken returned no ${type}: return a non-empty string`),
      )
    return { token, again }
  }

  async function issueTokens({
    client,
    user,
    refresh,
    request,
    scope,
    acceptOnce,
  }: TokenOrder): Promise<IssuedTokens> {
    if (acceptOnce) await acceptOnce()
    const at = now()
    const access = await makeToken('accessToken', request)
    if (!access.again) {
      await call(
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
      await call(
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
              new TypeError(
                `The model's ${source} returned neither user nor userId: return one of them`,
              ),
            ),
          )
        return user
      },
      redeem: issueTokens,
      // The 2.4 contract cannot ensure that a credential is redeemed only once, and has no grants
      // to revoke.
      mayBeRedeemed: async () => false,
      async confirmUser() {},
      async refuse() {},
      async end() {},
    }
  }

  return {
    sideBySide: false,
    findClient: async (id) => getClient(id, null),
    async authenticateClient({ id, secrets }, guess) {
      const client = await guess(() => getClient(id, secrets[0] ?? ''))
      return client && { client }
    },
    allowsGrant: async (client, grantType) =>
      Boolean(await call('grantTypeAllowed', client.id, grantType)),
    issueTokens,

    findAccessToken: (token) =>
      thenMaybe(call<Record<string, unknown> | null>('getAccessToken', token), accessToken),

    async findCode(code) {
      const found = await call<ModelCode | null>('getAuthCode', code)
      if (!found) return null
      // A code must expire, so a code without an expiry is treated as expired.
      return {
        ...presented(found, 'getAuthCode', hasId),
        expiresAt: millisecondsOf(found.expires) ?? -Infinity,
      }
    },

    async findRefreshToken(token) {
      const found = await call<ModelRefreshToken | null>('getRefreshToken', token)
      if (!found) return null
      const redeem = async (order: TokenOrder) => {
        if (model.revokeRefreshToken) await call('revokeRefreshToken', token)
        return issueTokens(order)
      }
      return { ...presented(found, 'getRefreshToken'), redeem }
    },

    authenticateUser: async (username, password) => call('getUser', username, password),
    findClientUser: async ({ id }, { secrets }) =>
      (await call('getUserFromClient', id, secrets[0])) || null,

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
      await call('saveAuthCode', token, client.id, dateAfter(now(), authCodeLifetime), user)
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
    redirectUris: Array.isArray(uri) ? uri : typeof uri === 'string' ? [uri] : [],
    // All grant types of the server. The model's grantTypeAllowed decides on each use.
    grantTypes: [...grants],
    scopes: null,
    exposed: client,
  }
}

function hasId(user: unknown): boolean {
  return Boolean((user as { id?: unknown } | null | undefined)?.id)
}

/** Returns milliseconds, or `null` for never. Any value but a valid Date counts as expired. */
function millisecondsOf(expires: unknown): number | null {
  if (expires === null) return null
  const time = Object.prototype.toString.call(expires) === '[object Date]' ? Number(expires) : NaN
  return Number.isNaN(time) ? -Infinity : time
}

function dateAfter(at: number, seconds: number | null): Date | null {
  return seconds === null ? null : new Date(at + seconds * 1000)
}

/**
 * Converts an error with its own OAuth error code to an `OAuth2Error` (RFC 6749 4.5). Returns any
 * other error unchanged, because it is a failure of the model.
 */
function grantError(error: unknown): unknown {
  if (error instanceof OAuth2Error) return error
  const { error: code, description, message } = (error ?? {}) as Record<string, string | undefined>
  return code ? new OAuth2Error(code, description || message, error) : error
}
