import { Failure, equal, holds } from '../../expect'
import { thrown } from '../../guard/limits'
import type { Save, Saved } from '../tokens'
import { aToken, isFound, isUnknown, saved } from '../tokens'
import { orRefusal } from '../contracts/promise'
import type { ModelTrial } from '../trial'

/** A code or refresh token that may be revoked once. */
export interface OneTime {
  readonly save: Save
  /** The function that finds it. */
  readonly find: string
  /** The function that returns true to the one caller that has revoked it. */
  readonly revoke: string
}

/** An authorization code. */
export const code: OneTime = {
  save: 'saveAuthCode',
  find: 'getAuthorizationCode',
  revoke: 'revokeAuthorizationCode',
}

/** A refresh token. */
export const refreshToken: OneTime = {
  save: 'saveRefreshToken',
  find: 'getRefreshToken',
  revoke: 'revokeToken',
}

/** Resolves with whether the model has revoked what a look-up has found. */
export async function revokes(
  t: ModelTrial,
  { revoke }: OneTime,
  found: unknown,
): Promise<boolean> {
  return Boolean(await orRefusal(t.call(revoke, found)))
}

/** Saves one of the kind, and others beside it that stay. */
export async function withOthers(t: ModelTrial, { save }: OneTime): Promise<Kept> {
  const one = await saved(t, save)
  const others = [
    await saved(t, save),
    await saved(t, save, { clientId: t.fixtures.otherClient.id }),
    await saved(t, save, { token: aToken() }),
    await saved(t, 'saveAccessToken'),
  ]
  return { one, others }
}

/** A code or token to revoke, and others. */
export interface Kept {
  one: Saved
  others: Saved[]
}

/** Fails unless exactly one of the callers has revoked it, nobody can again, and the others stay. */
export async function judge(
  t: ModelTrial,
  { revoke }: OneTime,
  { one, others }: Kept,
  answers: readonly PromiseSettledResult<unknown>[],
): Promise<void> {
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue
    if (answer.reason instanceof Failure) throw answer.reason
    throw new Failure(
      `A call of ${revoke}() rejected instead of returning false: ${thrown(answer.reason)}`,
    )
  }
  const winners = answers.filter((answer) => answer.status === 'fulfilled' && answer.value)
  equal(
    winners.length,
    1,
    `The number of calls of ${revoke}() that returned true, of ${answers.length} at the same time`,
  )
  await isUnknown(t, one)
  for (const other of others) await isFound(t, other)
}

/** Fails if the look-up of something that exists has found nothing. */
export function assertFound(found: unknown, { find }: OneTime): void {
  holds(found, `${find}() found nothing of what was saved`)
}
