import { withCode } from '../errors/error-code'
import {
  AccessDeniedError,
  InvalidClientError,
  InvalidGrantError,
  UnauthorizedClientError,
} from '../errors/errors'
import type { Emit, GrantEvent } from '../events'
import { longestParameter } from '../http/request'
import type { Settings } from '../options/settings'
import { tryAgain } from '../errors/refusals'
import { sha256 } from '../crypto/hash'
import { randomHex } from '../crypto/random'
import type { Client, Grant, GrantRef, Hash, NewCredential } from '../contract/store'
import type { UsedStore } from './with-timeout'
import { type CredentialData, dataText } from './credential-data'
import type { CodeOrder, IssuedTokens, TokenOrder } from './storage'
import type { reading } from './reading'
import { type HookOrder, hookContext } from './hook-context'
import { accessTokenFormat, newJti, signing } from './signed-tokens'
import type { KeyRing } from '../crypto/key-ring'
import type { ClaimsContext } from '../options/server-options'
import { StaleClientError } from './remembered-clients'
import { clientRecordOf, isRemembered, isStillAuthentic } from './store-client'
import { newVersion } from './version'
import { userIdOf } from '../contract/user-id'

const mostTries = 5
const dayMs = 86_400_000
/** How long a device code is valid at least after the user has allowed the device. */
const leastUsableMs = 60_000

/** What a grant passes on to the credentials that come from it. */
type GrantedData = Pick<
  CredentialData,
  'scope' | 'resource' | 'until' | 'rotations' | 'metadata' | 'authTime'
>

/** A grant that a device code stands for. */
interface DeviceGrant {
  id: string
  /** The hash of the device code. */
  hash: Hash
  /** When the device code expires, in milliseconds since the epoch. */
  usableUntil: number
}

/** Returns functions that issue codes and tokens and save them in a store. */
export function issuing(
  store: UsedStore,
  settings: Settings,
  emit: Emit,
  { getClient }: ReturnType<typeof reading>,
  keys: KeyRing | undefined,
) {
  const { now } = settings
  const signed = signing(settings, keys)

  async function issueCode(order: CodeOrder): Promise<string> {
    const at = now()
    const until = grantEnd(settings.grantLifetime, at)
    const { user, scope, resource, metadata, authTime, redirectUri, challenge, jkt } = order
    const id = newGrantId()
    const expiresAt = endOf(at, settings.authCodeLifetime, until)
    const code = await makeToken('authorization_code', { ...order, knownUser: user }, expiresAt, id)
    const granted = { scope, resource, until, metadata, authTime }
    const credential: NewCredential = {
      hash: sha256(code),
      kind: 'code',
      createdAt: at,
      expiresAt,
      data: dataText({ ...granted, redirectUri, challenge, jkt }),
    }
    await issue(order, id, at, { ...granted, consented: true }, [credential], codeRefusals)
    return code
  }

  /** Issues the grant that a device redeems with its device code (RFC 8628 3.5). */
  async function issueDeviceGrant(
    order: CodeOrder,
    { id, hash, usableUntil }: DeviceGrant,
  ): Promise<void> {
    const at = now()
    const until = grantEnd(settings.grantLifetime, at)
    const { scope, resource, metadata, authTime } = order
    const granted = { scope, resource, until, metadata, authTime }
    const credential: NewCredential = {
      hash,
      kind: 'code',
      createdAt: at,
      // A device that asks at the usual interval gets its tokens, however late the user allows it.
      expiresAt: Math.min(Math.max(usableUntil, at + leastUsableMs), until ?? Infinity),
      data: dataText(granted),
    }
    // Not `consented`: anybody can show a user code, so that it must not replace a consent page later.
    await issue(order, id, at, granted, [credential], codeRefusals)
  }

  async function issueTokens(order: TokenOrder): Promise<IssuedTokens> {
    const at = now()
    const { scope, resource } = order
    const granted = { scope, resource, until: grantEnd(settings.grantLifetime, at) }
    const id = newGrantId()
    const { tokens, credentials } = await makeTokens(order, at, granted, id)
    const grant = await issue(order, id, at, granted, credentials, tokenRefusals)
    emit('token.issued', eventOf(grant))
    return tokens
  }

  async function issue(
    { client, user }: TokenOrder | CodeOrder,
    id: string,
    createdAt: number,
    granted: CredentialData,
    credentials: NewCredential[],
    refusals: Refusals,
  ): Promise<GrantRef> {
    const grant: Grant = {
      id,
      clientId: client.id,
      userId: userIdOf(user),
      createdAt,
      data: dataText(granted),
    }
    let record = clientRecordOf(client)
    for (let tries = 1; ; tries++) {
      const conditions = record ? { clientVersion: record.version } : {}
      const outcome = await store.issue(grant, credentials, conditions)
      if (outcome === 'issued') {
        if (record) await markUsed(record, createdAt)
        return grant
      }
      if (isRemembered(client)) throw new StaleClientError()
      const present = record && (await getClient(client.id))
      if (record && !present) throw refusals.clientGone()
      if (!record || present?.version === record.version) throw refusals.userGone()
      // Retry if only fields changed that no request is checked against, such as the name, or if the
      // hash of the same secret was renewed: the request is still valid.
      const isValid =
        isSameRegistration(record, present!) && (await isStillAuthentic(client, present!))
      if (tries < mostTries && isValid) record = present!
      else throw tryAgain('The client was changed during the request: try again')
    }
  }

  /**
   * Records that a client that registered itself is used, at most once a day. If another call changes
   * the client first, or the store fails, a later grant records it.
   */
  async function markUsed(record: Client, at: number): Promise<void> {
    const { registration } = record
    if (registration?.method !== 'dynamic' || at < (registration.usedAt ?? 0) + dayMs) return
    const used = { ...record, version: newVersion(), registration: { ...registration, usedAt: at } }
    try {
      await store.updateClient(used, record.version)
    } catch (error) {
      emit('store.failed', { error })
    }
  }

  /**
   * Makes tokens and their credentials. The refresh token's credential comes first, because its
   * hash identifies the redemption.
   */
  async function makeTokens(
    order: TokenOrder,
    createdAt: number,
    granted: GrantedData,
    grantId: string,
  ): Promise<{ tokens: IssuedTokens; credentials: NewCredential[] }> {
    const { client, scope, resource, refresh, jkt } = order
    const { accessTokenLifetime = settings.accessTokenLifetime } = client
    const { refreshTokenLifetime = settings.refreshTokenLifetime } = client
    const { until, metadata, authTime } = granted
    if (until !== undefined && until <= createdAt)
      throw new InvalidGrantError('The grant has ended')
    const expiresAt = endOf(createdAt, accessTokenLifetime, until)
    const claims = (await claimsFor(order, { id: grantId, metadata })) ?? undefined
    const isSigned = accessTokenFormat(client, resource, settings) === 'jwt'
    // What an introspection must repeat.
    const ofSigned = isSigned && { jti: newJti(), authTime }
    const tokens: IssuedTokens = {
      accessToken: ofSigned
        ? await signed(order, { createdAt, expiresAt, ...ofSigned, claims })
        : await makeToken('accessToken', order, expiresAt, grantId),
      expiresIn: expiresAt === null ? null : Math.floor((expiresAt - createdAt) / 1000),
      scope,
      claims,
    }
    const credentials: NewCredential[] = [
      {
        hash: sha256(tokens.accessToken),
        kind: 'access',
        createdAt,
        expiresAt,
        data: dataText({ scope, resource, metadata, claims, jkt, ...ofSigned }),
      },
    ]
    if (refresh) {
      const refreshUntil = endOf(createdAt, refreshTokenLifetime, until)
      tokens.refreshToken = await makeToken('refreshToken', order, refreshUntil, grantId)
      credentials.unshift({
        hash: sha256(tokens.refreshToken),
        kind: 'refresh',
        createdAt,
        expiresAt: refreshUntil,
        // RFC 9449 5: that of a confidential client is bound to the client by its authentication.
        data: dataText({ ...granted, jkt: client.type === 'public' ? jkt : undefined }),
      })
    }
    // After the hooks, which may fail, so that the client can send the same request again.
    if (order.acceptOnce) await order.acceptOnce()
    return { tokens, credentials }
  }

  async function makeToken(
    type: 'accessToken' | 'refreshToken' | 'authorization_code',
    order: HookOrder,
    expiresAt: number | null,
    grantId: string,
  ): Promise<string> {
    if (!settings.generateToken) return randomHex(20)
    const { request, ...about } = hookContext(order)
    const token = await settings.generateToken(type, request, {
      ...about,
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
      grantId,
    })
    if (!token) return randomHex(20)
    if (typeof token !== 'string' || token.length > longestParameter) {
      throw withCode(
        'OAUTH2_KIT_HOOK',
        new TypeError(
          `"generateToken" must return a string of at most ${longestParameter} characters`,
        ),
      )
    }
    return token
  }

  async function claimsFor(order: TokenOrder, grant: ClaimsContext['grant']) {
    if (!settings.claims) return undefined
    const { grantType, resource } = order
    // A copy: what the hook changes must not be stored.
    const own = structuredClone(grant)
    return settings.claims({ ...hookContext(order), grantType, resource, grant: own })
  }

  return { issueCode, issueDeviceGrant, issueTokens, makeTokens }
}

/**
 * Returns when a grant that begins now ends, in milliseconds since the epoch. Returns `undefined` if it
 * has no maximum lifetime. `lifetime` is in seconds.
 */
export function grantEnd(lifetime: number | null, createdAt: number): number | undefined {
  return lifetime === null ? undefined : createdAt + Math.floor(lifetime * 1000)
}

/** Returns the id of a new grant. */
export function newGrantId(): string {
  return randomHex(16)
}

/** The errors for a request whose client or user was deleted while it was being processed. */
interface Refusals {
  clientGone(): Error
  userGone(): Error
}

const tokenRefusals: Refusals = {
  clientGone: () => new InvalidClientError('Client credentials are invalid'),
  userGone: () => new InvalidGrantError('The user no longer exists'),
}

const codeRefusals: Refusals = {
  clientGone: () => new UnauthorizedClientError('The client no longer exists'),
  userGone: () => new AccessDeniedError('The user no longer exists'),
}

/**
 * Returns whether a request that is valid for one record is also valid for the other, apart from its
 * secret.
 */
export function isSameRegistration(before: Client, after: Client): boolean {
  return checkedOf(before) === checkedOf(after)
}

/** Returns the fields that requests are checked against, as text. */
function checkedOf(client: Client): string {
  const { version: _, name: __, metadata: ___, registration: ____, ...others } = client
  const { secretHash: _secret, previousSecretHash: _previous, ...checked } = others
  delete checked.previousSecretExpiresAt
  return JSON.stringify(Object.entries(checked).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Returns the expiry of a credential in milliseconds since the epoch, or `null` for never.
 * `lifetime` is in seconds. The credential never outlives its grant, which ends at `until`.
 */
function endOf(
  createdAt: number,
  lifetime: number | null,
  until: number | undefined,
): number | null {
  if (lifetime === null) return until ?? null
  return Math.min(createdAt + Math.floor(lifetime * 1000), until ?? Infinity)
}

/** Returns the event data of a grant. */
export function eventOf({ id, clientId, userId }: GrantRef): GrantEvent {
  return { grantId: id, clientId, userId }
}
