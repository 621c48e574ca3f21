import { clientOf } from './clients'
import type { ModelContext } from './context'
import { dateOrNone, expiryOf } from './expiry'
import type { PromiseModel, PromiseModelNewToken } from './model'
import { ownerOf } from './owner'
import type { Presentations } from './presentations'
import type { Presented } from './presented'
import type { Client, NewCredential } from '../contract/store'
import { sha256 } from '../crypto/hash'
import { InvalidGrantError, InvalidScopeError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import { longestParameter } from '../http/request'
import { isText } from '../model-on-store/text'
import { includesScope, scopesIn } from '../protocol/scope'
import { type CredentialData, dataText } from '../storage/credential-data'
import { grantEnd, newGrantId } from '../storage/issuing'
import { isObject } from '../values/is-object'

type Granted = Pick<CredentialData, 'scope' | 'resource' | 'until' | 'metadata' | 'rotations'>

/** What tokens are issued with. */
interface Order {
  token: PromiseModelNewToken<never>
  /** Undefined if the server issues none, or the client may not refresh. */
  refreshToken: string | undefined
  record: Client
  /** The scope of the access token. */
  scope: string
  granted: Granted
  createdAt: number
}

/** Returns the function `saveToken` of the model. */
export function saveTokenFunction<S extends string | string[]>(
  { settings, format, grants, existing, savedScope }: ModelContext<S>,
  presentations: Presentations,
): PromiseModel<S>['saveToken'] {
  /** Returns what the new tokens belong to. A new grant has the scope of its first token. */
  function grantedFor(source: Presented | undefined, scope: string, createdAt: number): Granted {
    if (!source) return { scope, until: grantEnd(settings.grantLifetime, createdAt) }
    const { scope: granted, resource, until, metadata } = source.data
    if (!includesScope(granted, scopesIn(scope)))
      throw new InvalidScopeError('The scope is wider than the granted one')
    if (until !== undefined && until <= createdAt)
      throw new InvalidGrantError('The grant has ended')
    // A refresh with a narrower scope does not change the scope of the grant (RFC 6749 6).
    const lasting = source.credential.kind === 'code' ? scope : granted
    return { scope: lasting, resource, until, metadata, rotations: source.rotations }
  }

  return async (token, client, user) => {
    assertToken(token)
    const record = await existing(client)
    const scope = savedScope(token.scope, record)
    const createdAt = settings.now()
    const source = presentations.sourceOf(token, user)
    const mayRefresh = record.grantTypes.includes('refresh_token')
    const refreshToken = mayRefresh ? (token.refreshToken ?? undefined) : undefined
    if (source) assertMayIssue(source, record, refreshToken !== undefined)
    const granted = grantedFor(source, scope, createdAt)
    const [access, refresh] = credentialsOf({
      token,
      refreshToken,
      record,
      scope,
      granted,
      createdAt,
    })
    const credentials = refresh ? [refresh, access] : [access]
    if (source) {
      await grants.extend(source.credential.grant, credentials)
      presentations.finish(source, user)
    } else {
      const ref = { id: newGrantId(), clientId: record.id, userId: ownerOf(user) }
      await grants.issue({ ...ref, createdAt, data: dataText(granted) }, credentials, record)
    }
    const accessTokenExpiresAt = dateOrNone(access.expiresAt)
    const refreshTokenExpiresAt = refresh && dateOrNone(refresh.expiresAt)
    return {
      accessToken: token.accessToken,
      ...(accessTokenExpiresAt && { accessTokenExpiresAt }),
      ...(refreshToken !== undefined && { refreshToken }),
      ...(refreshTokenExpiresAt && { refreshTokenExpiresAt }),
      scope: format.write(scope),
      client: clientOf(record),
      user,
    }
  }
}

/** Returns the credential of the access token, and that of the refresh token if there is one. */
function credentialsOf(order: Order): [access: NewCredential, refresh?: NewCredential] {
  const { token, refreshToken, record, scope, granted, createdAt } = order
  const { resource, metadata, until } = granted

  function credentialOf(kind: 'access' | 'refresh', text: string, data: Granted): NewCredential {
    const name = `${kind}TokenExpiresAt` as const
    const limits = { createdAt, until, lifetime: record[`${kind}TokenLifetime`] }
    const expiresAt = expiryOf(name, token[name], limits)
    return { hash: sha256(text), kind, createdAt, expiresAt, data: dataText(data) }
  }

  const access = credentialOf('access', token.accessToken, { scope, resource, metadata })
  if (refreshToken === undefined) return [access]
  return [access, credentialOf('refresh', refreshToken, granted)]
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
