import type { Credential, NewCredential, Redemption, Store } from '@oauth2-kit/core'
import { Failure, equal, holds, show } from '../expect'
import { aCredential, aHash, asFound, successors } from '../given'
import type { Call } from '../processes/messages'
import { type StoreTrial, foundAs, notFound } from '../trial'

/** A value of which any number of callers try to be the one who uses it. */
export interface Contest {
  /** One call for each contender. */
  calls: Call[]
  /** Fails unless exactly one has won, all others know that they lost, and nothing else is left. */
  judge: (answers: readonly PromiseSettledResult<unknown>[]) => Promise<void>
}

/** What makes a one-time value, for so many contenders. */
export type OneTime = (t: StoreTrial, contenders: number) => Promise<Contest>

/** A code or a refresh token. */
export function credentialOnce(kind: 'code' | 'refresh'): OneTime {
  return async (t, contenders) => {
    const { grant, credential, unharmed } = await t.family({ kind })
    const attempts = Array.from({ length: contenders }, () => successors())
    return {
      calls: attempts.map((made) => ({ method: 'redeem', args: [credential, made] })),
      async judge(settled) {
        const answers = settled.map((one) => answerOf(one) as Redemption)
        const winners = attempts.filter((_, n) => answers[n]?.status === 'redeemed')
        equal(winners.length, 1, `Of ${contenders} attempts at once, how many redeemed`)
        const winner = asFound(winners[0]![0]!, grant)
        answers.forEach((answer) => isDefeat(answer, winner))
        await aftermath(t.store, credential, winners[0]!, attempts)
        await unharmed()
      },
    }
  }
}

/** A key that is remembered: a `jti`, a proof. */
export const rememberOnce: OneTime = async (t, contenders) => {
  const args = [aHash(), Math.floor(t.session.settings.now()) + 600_000] as const
  return {
    calls: Array.from({ length: contenders }, () => ({ method: 'remember', args })),
    async judge(settled) {
      const answers = settled.map(answerOf)
      equal(
        answers.filter((one) => one === true).length,
        1,
        `Of ${contenders} at once, how many were first`,
      )
      equal(
        answers.filter((one) => one === false).length,
        contenders - 1,
        'How many were told that they were not',
      )
      equal(await t.store.remember(...args), false, 'remember afterwards')
    },
  }
}

/** Makes a call on a store. */
export function make(store: Store, { method, args }: Call): Promise<unknown> {
  return (store[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
}

function answerOf(settled: PromiseSettledResult<unknown>): unknown {
  if (settled.status === 'fulfilled') return settled.value
  throw new Failure(
    `A contender got an error, where it should have been told that it lost: ${String(settled.reason)}`,
  )
}

function isDefeat(answer: Redemption, winner: Credential): void {
  if (answer.status === 'redeemed') return
  holds(
    answer.status === 'replayed',
    `A loser was told ${show(answer)}, where "replayed" was wanted`,
  )
  equal(answer.by, winner, 'The winner, as a loser was told')
}

/** The value is dead, one set of successors exists, nothing else does. */
async function aftermath(
  store: Store,
  credential: Credential,
  won: NewCredential[],
  attempts: NewCredential[][],
): Promise<void> {
  for (const one of won) await foundAs(store, one, credential.grant, 'What the winner got')
  for (const lost of attempts) {
    if (lost === won) continue
    for (const { hash } of lost) await notFound(store, hash, 'What a loser was to get')
  }
  const late = await store.redeem(credential, [aCredential()])
  equal(late.status, 'replayed', 'One attempt more, afterwards')
}
