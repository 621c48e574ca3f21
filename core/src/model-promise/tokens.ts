import { clientOf } from './clients'
import { grantEnd } from './codes'
import type { ModelContext } from './context'
import { dateOrFar, dateOrNone, expiryOf } from './expiry'
import type { PromiseModel, PromiseModelNewToken } from './model'
import { ownerOf } from './owner'
import type { Presentations } from './presentations'
import { Presented } from './presented'
import { scopeOrNone } from './scope-or-none'
import type { Client, NewCredential } from '../contract/store'
import { sha256 } from '../crypto/hash'
import { InvalidGrantError, InvalidScopeError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import { longestParameter } from '../http/request'
import { isText } from '../model-on-store/text'
import { includesScope, scopesIn } from '../protocol/scope'
import { type CredentialData, dataText } from '../storage/credential-data'
import { newGrantId } from '../storage/issuing'
import { dataOf } from '../storage/parsed-data'
import { rotated } from '../storage/rotations'
import { isObject } from '../values/is-object'

type Granted = Pick<CredentialData, 'scope' | 'resource' | 'until' | 'metadata' | 'rotations'>

/** Returns the functions of the model about access and refresh tokens. */
export function tokenFunctions<S extends string | string[]>(
  context: ModelContext<S>,
  presentations: Presentations,
): Pick<PromiseModel<S>, 'saveToken' | 'getAccessToken' | 'getRefreshToken' | 'revokeToken'> {
  const { settings, format, bounded, read, clients, grants, find } = context
  const { existing, userOf, savedScope } = context

  /** Returns what the new tokens belong to. A new grant has the scope of its first token. */
  function grantedFor(source: Presented | undefined, scope: string, createdAt: number): Granted {
    if (!source) return { scope, until: grantEnd(settings.grantLifetime, createdAt) }
    const { scope: granted, resource, until, metadata } = source.data
    if (!includesScope(granted, scopesIn(scope)))
      throw new InvalidScopeError('The scope is wider than the granted one')
    if (until !== undefined && until <= createdAt)
      throw new InvalidGrantError('The grant has ended')
    const isCode = source.credential.kind === 'code'
    // A refresh with a narrower scope does not change the scope of the grant (RFC 6749 6).
    return {
      scope: isCode ? scope : granted,
      resource,
      until,
      metadata,
      rotations: source.rotations,
    }
  }

  async function revokeAccessToken(accessToken: unknown): Promise<boolean> {
    const credential = await find('access', accessToken)
    if (!credential) return false
    await bounded.revokeAccessToken(credential.hash)
    return true
  }

  return {
    async saveToken(token, client, user) {
      assertToken(token)
      const record = await existing(client)
      const scope = savedScope(token.scope, record)
      const createdAt = settings.now()
      const source = presentations.sourceOf(token, user)
      // A client that may not refresh gets no refresh token.
      const refreshToken = record.grantTypes.includes('refresh_token')
        ? (token.refreshToken ?? undefined)
        : undefined
      if (source) assertMayIssue(source, record, refreshToken !== undefined)
      const granted = grantedFor(source, scope, createdAt)
      const { resource, metadata, until } = granted
      const limits = { createdAt, until }
      const expiresAt = expiryOf('accessTokenExpiresAt', token.accessTokenExpiresAt, {
        ...limits,
        lifetime: record.accessTokenLifetime,
      })
      const access: NewCredential = {
        hash: sha256(token.accessToken),
        kind: 'access',
        createdAt,
        expiresAt,
        data: dataText({ scope, resource, metadata }),
      }
      const credentials = [access]
      let refreshExpiresAt: number | null = null
      if (refreshToken !== undefined) {
        refreshExpiresAt = expiryOf('refreshTokenExpiresAt', token.refreshTokenExpiresAt, {
          ...limits,
          lifetime: record.refreshTokenLifetime,
        })
        credentials.unshift({
          hash: sha256(refreshToken),
          kind: 'refresh',
          createdAt,
          expiresAt: refreshExpiresAt,
          data: dataText(granted),
        })
      }
      if (source) {
        await grants.extend(source.credential.grant, credentials)
        presentations.finish(source, user)
      } else {
        const ref = { id: newGrantId(), clientId: record.id, userId: ownerOf(user) }
        await grants.issue({ ...ref, createdAt, data: dataText(granted) }, credentials, record)
      }
      const accessTokenExpiresAt = dateOrNone(expiresAt)
      const refreshTokenExpiresAt = dateOrNone(refreshExpiresAt)
      return {
        accessToken: token.accessToken,
        ...(accessTokenExpiresAt && { accessTokenExpiresAt }),
        ...(refreshToken !== undefined && { refreshToken }),
        ...(refreshTokenExpiresAt && { refreshTokenExpiresAt }),
        scope: format.write(scope),
        client: clientOf(record),
        user,
      }
    },

    async getAccessToken(accessToken) {
      const credential = await find('access', accessToken)
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
      const credential = await find('refresh', refreshToken)
      if (!credential) return null
      const { grant, expiresAt, data } = credential
      if (await read.isRedeemed(credential)) {
        // RFC 9700 4.14.2: a second use of a refresh token ends the grant.
        await grants.end(credential)
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
      const isFirst = credential !== null && (await grants.consume(credential))
      // Programs that sign a user out pass both tokens. A server passes the refresh token only.
      if (isText(accessToken)) await revokeAccessToken(accessToken)
      if (!isFirst) return false
      const linked = presentations.users.get(user)
      const isSame = linked?.credential.hash === credential.hash
      const { rotations } = dataOf(credential.data)
      presentations.redeemed(isSame ? linked : new Presented(credential, rotations), user)
      return true
    },
  }
}

function assertToken(token: unknown): asserts token is PromiseModelNewToken<never> {
  if (!isObject(token)) throw optionError('token', 'must be an object')
  const { accessToken, refreshToken } = token
  for (const [name, value] of Object.entries({ accessToken, refreshToken })) {
    if (name === 'refreshToken' && (value === undefined || value === null)) continue
    if (!isText(value) || value.length > longestParameter)
      throw optionError(name, `must be text of at most ${longestParameter} characters`)
  }
}

/** Throws an error unless tokens may be issued for the code or refresh token. */
function assertMayIssue(source: Presented, { id }: Client, rotates: boolean): void {
  const { credential, data, isRedeemed, isChallengeRead } = source
  const { kind, grant } = credential
  if (grant.clientId !== id)
    throw new InvalidGrantError(`The ${nameOf(kind)} belongs to another client`)
  // Without rotation, the server keeps the refresh token and issues an access token only.
  if (!isRedeemed && (kind === 'code' || rotates))
    throw new InvalidGrantError(`The ${nameOf(kind)} has not been redeemed by the model`)
  if (data.challenge !== undefined && !isChallengeRead) {
    throw new InvalidGrantError(
      'The code needs a PKCE verifier, which the server did not check: use ' +
        '@node-oauth/oauth2-server 4.3 or later',
    )
  }
}

function nameOf(kind: string): string {
  return kind === 'code' ? 'code' : 'refresh token'
}
