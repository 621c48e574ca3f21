import { setTimeout as pause } from 'node:timers/promises'
import { InvalidGrantError } from '../errors/errors'
import type { Emit } from '../events'
import type { Settings } from '../options/settings'
import { tryAgain } from '../errors/refusals'
import { sha256 } from '../crypto/hash'
import { type AnswerKind, answerHash, seal, unseal } from '../crypto/seal'
import { Attempts, type RedeemAttempt } from './attempts'
import type { Credential, NewCredential, Redemption } from '../contract/store'
import type { UsedStore } from './with-timeout'
import { type CredentialData, type Rotations, dataText } from './credential-data'
import { dataOf } from './parsed-data'
import { TimeoutError } from '../async/timeout'
import type { StoreHealth } from './health'
import { eventOf, type issuing } from './issuing'
import type { IssuedTokens, TokenOrder } from './storage'
import type { reading } from './reading'
import { rotated } from './rotations'
import { SeenBefore } from './seen-before'
import { Watch, inBackgroundTurn } from './watch'

/** The content of a sealed answer. */
interface SealedAnswer {
  tokens: IssuedTokens
  /** The requested scope and resources, and the key of the proof, as text. */
  asked: string
}

/** A code or refresh token that was presented. */
export interface Presentation {
  presented: Credential
  data: Readonly<CredentialData>
  token: string
}

// Seconds during which a code may be presented again if the store responded too late for its
// request.
const lateAnswerSeconds = 10
// For this long after a store failure, another process may still be saving a late answer.
const recentlyMs = 5000
const mostUnsure = 3
// The total time for attempts to save a late answer, and the pause between two attempts.
const keepMs = 90_000
const keepAgainMs = 250

/** Returns functions that redeem codes and refresh tokens once and issue tokens for them. */
export function redeeming(
  store: UsedStore,
  settings: Settings,
  emit: Emit,
  health: StoreHealth,
  { findByHash, isRedeemed }: ReturnType<typeof reading>,
  { makeTokens }: Pick<ReturnType<typeof issuing>, 'makeTokens'>,
) {
  const { now, refreshGrace } = settings
  const attempts = new Attempts()
  const unsure = new SeenBefore<number>()
  // Credentials whose answer this process has sent, or whose answer is known to have been used. A
  // replay of one of them is not the retry of a request that a store failure interrupted.
  const answered = new SeenBefore<true>()
  const watch = new Watch((hash) => findByHash(hash, (found) => found !== null), recentlyMs)
  const inTurn = inBackgroundTurn()

  async function redeem(presentation: Presentation, order: TokenOrder): Promise<IssuedTokens> {
    const { presented, token } = presentation
    const at = now()
    if (presented.kind === 'refresh' && order.client.refreshTokenRotation === false) {
      // If the token was redeemed while the client still had rotation, this is a replay.
      if (!(await mayBeRedeemed(presented))) return extend(presentation, order, at)
    }
    const attempt = await newAttempt(presentation, order, at)
    for (const one of [...attempts.for(presented.hash, attempt), attempt]) {
      const { status } = await make(presented, token, one)
      if (status === 'redeemed') {
        emit('token.issued', eventOf(presented.grant))
        answered.set(presented.hash, true)
        // The client's next retry may reach another process.
        if (one !== attempt) inBackground(keepLateAnswer(presented, token, one))
        return one.tokens
      }
      if (status !== 'replayed') throw refusal(presented, at)
    }
    const answer = await answerTo(presented, token)
    // A request for another scope or resource is not a retry and must not receive this answer.
    if (answer?.asked === order.asked) {
      if (presented.kind === 'refresh') emit('refresh.repeated', eventOf(presented.grant))
      return answer.tokens
    }
    if (!answer && isUnsure(presented)) {
      throw tryAgain('The store recently failed or was too slow: try again')
    }
    await revokeReplayed(presented)
    throw refusal(presented, at)
  }

  /** Issues an access token and keeps the refresh token valid, for a client without rotation. */
  async function extend(
    { presented, data }: Presentation,
    order: TokenOrder,
    at: number,
  ): Promise<IssuedTokens> {
    const { grant } = presented
    const { tokens, credentials } = await makeTokens(
      { ...order, refresh: false },
      at,
      data,
      grant.id,
    )
    if ((await store.extend(grant, credentials)) === 'revoked') throw refusal(presented, at)
    emit('token.issued', eventOf(grant))
    return tokens
  }

  /**
   * Returns whether the replay may be a legitimate retry. If the store recently failed or stalled,
   * the process that redeemed the credential may not know that yet, and may be about to save a late
   * answer. Limited to a few times per credential.
   */
  function isUnsure({ hash }: Credential): boolean {
    if (answered.get(hash) || !health.wasTroubled(recentlyMs)) return false
    const times = (unsure.get(hash) ?? 0) + 1
    unsure.set(hash, times)
    return times <= mostUnsure
  }

  async function newAttempt(
    { presented, data, token }: Presentation,
    order: TokenOrder,
    at: number,
  ): Promise<RedeemAttempt> {
    const isRefresh = presented.kind === 'refresh'
    const { scope, resource, until, metadata, authTime } = data
    // Each refresh token inherits the scope, resources and end of the grant from the previous one.
    const rotations = isRefresh ? await nextRotations(presented, data, at) : undefined
    const granted = { scope, resource, until, metadata, authTime, rotations }
    const { tokens, credentials } = await makeTokens(order, at, granted, presented.grant.id)
    const attempt = { tokens, asked: order.asked, credentials, isAnswerKept: false }
    if (isRefresh && refreshGrace > 0 && tokens.refreshToken !== undefined) {
      credentials.push(sealedAnswer(attempt, token, 'answer', at, refreshGrace))
    }
    return attempt
  }

  /**
   * Counts one more rotation. If this exceeds the limit, still checks for a replay, because the
   * limit may have been lowered after the token was redeemed.
   */
  async function nextRotations(
    presented: Credential,
    { rotations }: Readonly<CredentialData>,
    at: number,
  ): Promise<Rotations | undefined> {
    try {
      return rotated(rotations, at, settings.rotationsPerHour)
    } catch (error) {
      await refuse(presented)
      throw error
    }
  }

  /** Runs work that the request does not wait for. A failure is emitted as an event. */
  function inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => emit('store.failed', { error }))
  }

  /** Makes an attempt. If its outcome is unknown, the client's next retry repeats it. */
  async function make(
    presented: Credential,
    token: string,
    attempt: RedeemAttempt,
  ): Promise<Redemption> {
    try {
      const outcome = await store.redeem(presented, attempt.credentials)
      attempts.settled(presented.hash, attempt)
      return outcome
    } catch (error) {
      attempts.doubt(presented.hash, attempt)
      watchOver(presented, token, attempt, error)
      throw error
    }
  }

  /** Watches an attempt whose outcome is unknown, and keeps its answer if it won. */
  function watchOver(
    presented: Credential,
    token: string,
    attempt: RedeemAttempt,
    error: unknown,
  ): void {
    let hasLost = false
    const won = () => inBackground(keepLateAnswer(presented, token, attempt))
    watch.add({
      hash: attempt.credentials[0]!.hash,
      isOpen: () => !hasLost && attempts.has(presented.hash, attempt),
      won,
    })
    if (!(error instanceof TimeoutError)) return
    error.pending<Redemption>().then(
      ({ status }) => {
        if (status === 'redeemed') won()
        else hasLost = true
      },
      // A rejection does not show what the database did.
      () => {},
    )
  }

  /**
   * Saves the answer of an attempt that won although its client received a 503. The client's retry
   * may reach another process, which must not treat it as a replay.
   */
  async function keepLateAnswer(
    presented: Credential,
    token: string,
    attempt: RedeemAttempt,
  ): Promise<void> {
    if (graceOf(presented, 'late answer') === 0 || attempt.isAnswerKept) return
    attempt.isAnswerKept = true
    const giveUpAt = Date.now() + keepMs
    let failure: unknown
    while (Date.now() < giveUpAt) {
      try {
        await inTurn(() => keepOnce(presented, token, attempt, failure !== undefined))
        return
      } catch (error) {
        if (failure === undefined) emit('store.failed', { error })
        failure = error ?? 'failed'
        await pause(keepAgainMs, undefined, { ref: false })
      }
    }
    attempt.isAnswerKept = false
  }

  /** Saves an answer, unless an earlier try that seemed to fail has saved it. */
  async function keepOnce(
    presented: Credential,
    token: string,
    attempt: RedeemAttempt,
    hasFailed: boolean,
  ): Promise<void> {
    const seconds = graceOf(presented, 'late answer')
    const answer = sealedAnswer(attempt, token, 'late answer', now(), seconds)
    if (hasFailed && (await findByHash(answer.hash, (found) => found !== null))) return
    await store.extend(presented.grant, [answer])
  }

  /** Returns the seconds during which an answer may be sent again. */
  function graceOf({ kind }: Credential, answer: AnswerKind): number {
    if (kind === 'refresh') return refreshGrace
    return answer === 'late answer' ? lateAnswerSeconds : 0
  }

  /**
   * Resolves with the answer to the winner of a redemption, if it may be sent again. This is
   * allowed for a short time, and only until the new refresh token is used: its use proves that the
   * client received the answer.
   */
  async function answerTo(presented: Credential, token: string): Promise<SealedAnswer | null> {
    for (const kind of ['answer', 'late answer'] as const) {
      if (graceOf(presented, kind) === 0) continue
      const found = await answerOf(presented, token, kind)
      if (!found) continue
      if (!(await isUsed(presented, found))) return found
      answered.set(presented.hash, true)
      return null
    }
    return null
  }

  function answerOf(
    presented: Credential,
    token: string,
    kind: AnswerKind,
  ): Promise<SealedAnswer | null> {
    return findByHash(answerHash(token, kind), (answer) => {
      if (answer?.kind !== 'answer' || answer.grant.id !== presented.grant.id) return null
      const { sealed } = dataOf(answer.data)
      const age = Math.abs(now() - answer.createdAt)
      if (sealed === undefined || !(age < graceOf(presented, kind) * 1000)) return null
      return JSON.parse(unseal(sealed, token)) as SealedAnswer
    })
  }

  async function isUsed({ grant }: Credential, { tokens }: SealedAnswer): Promise<boolean> {
    const { refreshToken } = tokens
    return refreshToken !== undefined && isRedeemed({ hash: sha256(refreshToken), grant })
  }

  /**
   * Resolves with whether the credential was redeemed, or may have been by an attempt in doubt. If
   * so, it was presented before it expired, and its expiry no longer matters: the repeated request
   * gets the same answer or ends the grant.
   */
  async function mayBeRedeemed(presented: Credential): Promise<boolean> {
    return attempts.has(presented.hash) || isRedeemed(presented)
  }

  /**
   * Handles a credential in a request that is refused. If the credential was redeemed before, the
   * request is still a replay and ends the grant.
   */
  async function refuse(presented: Credential): Promise<void> {
    if (await isRedeemed(presented)) await revokeReplayed(presented)
  }

  /** Revokes the grant, so that the credential cannot be presented again. */
  async function end(presented: Credential): Promise<void> {
    if (await isRedeemed(presented)) return revokeReplayed(presented)
    await store.revoke({ grantId: presented.grant.id })
    emit('grant.revoked', { ...eventOf(presented.grant), grants: 1 })
    return undefined
  }

  /**
   * RFC 6749 4.1.2 and RFC 9700 4.14.2: a replay shows that the credential may be stolen. The
   * sender can be the thief or the legitimate client, so the grant is revoked.
   */
  async function revokeReplayed({ kind, grant }: Credential): Promise<void> {
    await store.revoke({ grantId: grant.id })
    emit(kind === 'code' ? 'code.replayed' : 'refresh.reused', eventOf(grant))
  }

  return { redeem, mayBeRedeemed, refuse, end }
}

/** Returns the answer to a token, encrypted so that only the holder of the token can read it. */
function sealedAnswer(
  { tokens, asked }: RedeemAttempt,
  token: string,
  kind: AnswerKind,
  createdAt: number,
  seconds: number,
): NewCredential {
  const answer: SealedAnswer = { tokens, asked }
  return {
    hash: answerHash(token, kind),
    kind: 'answer',
    createdAt,
    expiresAt: createdAt + Math.floor(seconds * 1000),
    data: dataText({ scope: '', sealed: seal(JSON.stringify(answer), token) }),
  }
}

function refusal({ kind, expiresAt }: Credential, at: number): InvalidGrantError {
  const hasExpired = expiresAt !== null && !(expiresAt > at)
  if (kind === 'code')
    return new InvalidGrantError(hasExpired ? 'Code has expired' : 'Invalid code')
  return new InvalidGrantError(hasExpired ? 'Refresh token has expired' : 'Invalid refresh token')
}
