import { clientOf } from './clients'
import type { ModelContext } from './context'
import { dateOrFar, dateOrNone } from './expiry'
import type { PromiseModel } from './model'
import type { Presentations } from './presentations'
import { Presented } from './presented'
import { recentRedemptions } from './recent-redemptions'
import { saveTokenFunction } from './save-token'
import { scopeOrNone } from './scope-or-none'
import type { Credential } from '../contract/store'
import { isText } from '../model-on-store/text'
import { dataOf } from '../storage/parsed-data'
import { rotated } from '../storage/rotations'
import { isObject } from '../values/is-object'

/** Returns the functions of the model about access and refresh tokens. */
export function tokenFunctions<S extends string | string[]>(
  context: ModelContext<S>,
  presentations: Presentations,
): Pick<PromiseModel<S>, 'saveToken' | 'getAccessToken' | 'getRefreshToken' | 'revokeToken'> {
  const { settings, format, bounded, read, clients, grants, find, findBearer, userOf } = context
  const recent = recentRedemptions(bounded, settings.refreshGrace, settings.now)

  /** Resolves with true for the one caller that has redeemed the refresh token. */
  async function redeem(credential: Credential): Promise<boolean> {
    const { status } = await grants.markUsed(credential, recent.entryFor(credential))
    return status === 'redeemed'
  }

  async function revokeAccessToken(accessToken: unknown): Promise<boolean> {
    const credential = await find('access', accessToken)
    if (!credential) return false
    await bounded.revokeAccessToken(credential.hash)
    return true
  }

  return {
    saveToken: saveTokenFunction(context, presentations),

    async getAccessToken(accessToken) {
      const credential = await findBearer('access', accessToken)
      if (!credential) return null
      const { grant, expiresAt, data } = credential
      const user = await userOf(grant.userId)
      if (!user) return null
      return {
        accessToken,
        accessTokenExpiresAt: dateOrFar(expiresAt),
        scope: format.write(dataOf(data).scope),
        // A look-up of the client would cost each request to an API a second query.
        client: { id: grant.clientId, grants: [] },
        user,
      }
    },

    async getRefreshToken(refreshToken) {
      const credential = await findBearer('refresh', refreshToken)
      if (!credential) return null
      const { grant, expiresAt, data } = credential
      if (await read.isRedeemed(credential)) {
        // RFC 9700 4.14.2: a second use of a refresh token ends the grant.
        if (!(await recent.includes(credential))) await grants.end(credential)
        return null
      }
      const [record, user] = await Promise.all([
        clients.known(grant.clientId),
        userOf(grant.userId),
      ])
      if (!user) await grants.end(credential)
      const { scope: granted, rotations } = dataOf(data)
      const scope = record && scopeOrNone(granted, record)
      if (!user || !record || scope === null) return null
      const next = rotated(rotations, settings.now(), settings.rotationsPerHour)
      const refreshTokenExpiresAt = dateOrNone(expiresAt)
      return {
        refreshToken,
        ...(refreshTokenExpiresAt && { refreshTokenExpiresAt }),
        scope: format.write(scope),
        client: clientOf(record),
        user: presentations.users.copy(user, new Presented(credential, next)),
      }
    },

    async revokeToken(token) {
      if (!isObject(token)) return false
      const { refreshToken, accessToken, user } = token as Record<string, unknown>
      if (refreshToken === undefined || refreshToken === null) return revokeAccessToken(accessToken)
      const credential = await find('refresh', refreshToken)
      const isFirst = credential !== null && (await redeem(credential))
      // Programs that sign a user out pass both tokens. A server passes the refresh token only.
      if (isText(accessToken)) await revokeAccessToken(accessToken)
      if (!isFirst) return false
      // Any other user object belongs to the application, which may sign in that user again.
      const linked = presentations.users.get(user)
      if (linked?.credential.hash === credential.hash) linked.isRedeemed = true
      return true
    },
  }
}
