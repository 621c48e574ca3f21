import { InvalidGrantError } from '../errors'
import type { Emit, GrantEvent } from '../events'
import { type OAuthRequest, longestParameter } from '../http/request'
import type { Settings } from '../options'
import { randomHex, sha256 } from '../security/hash'
import { seal, unseal } from '../security/seal'
import type { Credential, Grant, GrantRef, NewCredential, Store } from './contract'
import type { Within } from './deadline'
import type { CodeOrder, IssuedTokens, TokenOrder } from './port'
import type { reading } from './reading'
import { userIdOf } from './user-id'

/** What the core keeps in `data`: what it must know again when the credential is presented. */
interface CredentialData {
  /**
   * On a refresh token the scope of the grant, which a narrower refresh leaves as it is (RFC 6749
   * 6).
   */
  scope: string
  /** The resources that it is for (RFC 8707); left out = any. */
  resource?: readonly string[]
  /** When the grant ends, however often it is refreshed: milliseconds since the epoch. */
  until?: number
  /** On a grant: whether it began with a code, so that its user was asked. */
  consented?: true
  redirectUri?: string
  challenge?: string
  /** The answer that this token came with, for whoever holds its predecessor. */
  sealed?: string
}

/** What is sealed: the answer, and what it was an answer to. */
interface SealedAnswer {
  tokens: IssuedTokens
  resource?: readonly string[]
}

const parsed = new Map<string, Readonly<CredentialData>>()

/**
 * What a credential's `data` says. The tokens of a client mostly say the same, so this is
 * remembered.
 */
export function dataOf(data: string): Readonly<CredentialData> {
  const known = parsed.get(data)
  if (known) return known
  const found = JSON.parse(data) as CredentialData
  if (data.length > 200) return found
  if (parsed.size >= 1000) parsed.clear()
  parsed.set(data, found)
  return found
}

/** Makes codes and tokens on a store, and turns the one into the other, once. */
export function issuing(
  store: Store,
  settings: Settings,
  emit: Emit,
  within: Within,
  { isRedeemed }: ReturnType<typeof reading>,
) {
  const { now } = settings

  async function issueCode(order: CodeOrder): Promise<string> {
    const at = now()
    const until = grantEnd(at)
    const { scope, resource, redirectUri, challenge, request } = order
    const code = await makeToken('authorization_code', request)
    const granted = { scope, resource, until }
    const credential: NewCredential = {
      hash: sha256(code),
      kind: 'code',
      createdAt: at,
      expiresAt: endOf(at, settings.authCodeLifetime, until),
      data: dataText({ ...granted, redirectUri, challenge }),
    }
    await issue(order, at, { ...granted, consented: true }, [credential])
    return code
  }

  async function issueTokens(order: TokenOrder): Promise<IssuedTokens> {
    const at = now()
    const until = grantEnd(at)
    const { scope, resource } = order
    const granted = { scope, resource, until }
    const { tokens, credentials } = await makeTokens(order, at, granted)
    const grant = await issue(order, at, granted, credentials)
    emit('token.issued', eventOf(grant))
    return tokens
  }

  async function redeem(
    presented: Credential,
    // What the grant is for, and its end, go from each refresh token to the next.
    { scope, resource, until }: Readonly<CredentialData>,
    token: string,
    order: TokenOrder,
  ): Promise<IssuedTokens> {
    const at = now()
    const predecessor =
      presented.kind === 'refresh' && settings.refreshGrace > 0 ? token : undefined
    const granted = { scope, resource, until }
    const { tokens, credentials } = await makeTokens(order, at, granted, predecessor)
    const outcome = await within(() => store.redeem(presented, credentials), "The store's redeem")
    if (outcome.status === 'redeemed') {
      emit('token.issued', eventOf(presented.grant))
      return tokens
    }
    if (outcome.status === 'replayed') {
      const sealed = predecessor && (await sealedAnswer(outcome.by, at))
      if (sealed) return repeated(JSON.parse(unseal(sealed, predecessor)) as SealedAnswer, order)
      await revokeReplayed(presented, outcome.by)
    }
    throw new InvalidGrantError(
      presented.kind === 'code' ? 'Invalid code' : 'Invalid refresh token',
    )

    function repeated({ tokens: first, resource: its }: SealedAnswer, asked: TokenOrder) {
      // Whoever asks for something else has lost no answer, and must not take this one for its own.
      if (first.scope !== asked.scope || String(its) !== String(asked.resource)) {
        throw new InvalidGrantError('The refresh token was just used for something else')
      }
      emit('refresh.repeated', eventOf(presented.grant))
      return first
    }
  }

  async function spend(presented: Credential): Promise<void> {
    const { expiresAt } = presented
    const mark: NewCredential = {
      hash: randomHex(32),
      kind: 'used',
      createdAt: now(),
      expiresAt,
      data: '{}',
    }
    const outcome = await within(() => store.redeem(presented, [mark]), "The store's redeem")
    if (outcome.status === 'replayed') await revokeReplayed(presented, outcome.by)
  }

  /**
   * RFC 6749 4.1.2 and RFC 9700 4.14.2: who presents it again may have stolen it, or been stolen
   * from.
   */
  async function revokeReplayed({ kind, grant }: Credential, by: Credential): Promise<void> {
    // It was spent without successors: nothing came of it that a thief could have.
    if (by.kind === 'used') return
    await within(() => store.revoke({ grantId: grant.id }), "The store's revoke")
    emit(kind === 'code' ? 'code.replayed' : 'refresh.reused', eventOf(grant))
  }

  /**
   * The answer that the winner of a rotation got, if a repetition may have it too: soon after, and
   * not once the new refresh token was used, for then its holder has it.
   */
  async function sealedAnswer(by: Credential, at: number): Promise<string | undefined> {
    const isRecent = Math.abs(at - by.createdAt) < settings.refreshGrace * 1000
    if (!isRecent || by.kind !== 'refresh' || (await isRedeemed(by))) return undefined
    return dataOf(by.data).sealed
  }

  async function issue(
    { client, user }: TokenOrder | CodeOrder,
    createdAt: number,
    granted: CredentialData,
    credentials: NewCredential[],
  ): Promise<GrantRef> {
    const grant: Grant = {
      id: randomHex(16),
      clientId: client.id,
      userId: userIdOf(user),
      createdAt,
      data: dataText(granted),
    }
    await within(() => store.issue(grant, credentials), "The store's issue")
    return grant
  }

  /** The tokens, and how they are kept: the refresh token first, as it stands for the rotation. */
  async function makeTokens(
    { client, scope, resource, refresh, request }: TokenOrder,
    createdAt: number,
    granted: Pick<CredentialData, 'scope' | 'resource' | 'until'>,
    predecessor?: string,
  ): Promise<{ tokens: IssuedTokens; credentials: NewCredential[] }> {
    const { accessTokenLifetime = settings.accessTokenLifetime } = client
    const { refreshTokenLifetime = settings.refreshTokenLifetime } = client
    const { until } = granted
    const expiresAt = endOf(createdAt, accessTokenLifetime, until)
    const tokens: IssuedTokens = {
      accessToken: await makeToken('accessToken', request),
      expiresIn: expiresAt === null ? null : Math.floor((expiresAt - createdAt) / 1000),
      scope,
    }
    const credentials: NewCredential[] = [
      {
        hash: sha256(tokens.accessToken),
        kind: 'access',
        createdAt,
        expiresAt,
        data: dataText({ scope, resource }),
      },
    ]
    if (refresh) {
      tokens.refreshToken = await makeToken('refreshToken', request)
      const answer: SealedAnswer = { tokens, resource }
      const sealed = predecessor && seal(JSON.stringify(answer), predecessor)
      credentials.unshift({
        hash: sha256(tokens.refreshToken),
        kind: 'refresh',
        createdAt,
        expiresAt: endOf(createdAt, refreshTokenLifetime, until),
        data: dataText({ ...granted, sealed }),
      })
    }
    return { tokens, credentials }
  }

  async function makeToken(
    type: 'accessToken' | 'refreshToken' | 'authorization_code',
    request: OAuthRequest,
  ): Promise<string> {
    const token =
      settings.generateToken &&
      (await settings.generateToken(type, request.native.request as never))
    if (!token) return randomHex(20)
    if (typeof token !== 'string' || token.length > longestParameter) {
      throw new TypeError(
        `"generateToken" must give a string of at most ${longestParameter} characters`,
      )
    }
    return token
  }

  function grantEnd(createdAt: number): number | undefined {
    const { grantLifetime } = settings
    return grantLifetime === null ? undefined : createdAt + Math.floor(grantLifetime * 1000)
  }

  return { issueCode, issueTokens, redeem, spend }
}

/**
 * When something ends that lives so many seconds, within a grant that may end before: milliseconds,
 * or `null`.
 */
function endOf(
  createdAt: number,
  lifetime: number | null,
  until: number | undefined,
): number | null {
  if (lifetime === null) return until ?? null
  return Math.min(createdAt + Math.floor(lifetime * 1000), until ?? Infinity)
}

function dataText(data: CredentialData): string {
  return JSON.stringify(data)
}

/** What an event tells about a grant. */
export function eventOf({ id, clientId, userId }: GrantRef): GrantEvent {
  return { grantId: id, clientId, userId }
}
