import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisStore } from '@oauth2-kit/redis'
import { issued, successors } from './given'

/** Callers that rotate tokens without end, in pairs: both callers of a pair rotate the same token. */
export interface Rivals {
  /** The rotations of each pair. */
  readonly rounds: readonly number[]
  /** The calls that failed and were tried again, and the longest time that one took. */
  readonly failures: () => { count: number; longest: number }
  /** Waits for a condition. Rejects at once if a caller fails. */
  until(isSo: Promise<unknown>): Promise<void>
  /** Lets every pair finish its rotation, and checks that its last token is there. */
  end(): Promise<void>
  /** Stops all callers. */
  stop(): Promise<void>
}

/**
 * Starts the callers. Each tries the same attempt again until it succeeds. Of each pair, exactly one
 * must redeem a token. `deadline` is the timeout of a call in milliseconds, like that of the core.
 */
export function startRivals(stores: RedisStore[], pairs: number, deadline: number): Rivals {
  const rounds = Array.from({ length: pairs }, () => 0)
  let count = 0
  let longest = 0
  const over = new AbortController()
  const givenUp = new AbortController()

  async function retryCall<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      const since = performance.now()
      try {
        return await Promise.race([call(), rejectAfter(deadline)])
      } catch {
        longest = Math.max(longest, performance.now() - since)
        count++
        givenUp.signal.throwIfAborted()
        await sleep(20)
      }
    }
  }

  async function rotate(number: number): Promise<void> {
    const [one, other] = [0, 1].map((next) => stores[(number + next) % stores.length]!)
    let current = await retryCall(() => issued(one!))
    while (!over.signal.aborted) {
      const old = current
      const [first, second] = [successors(), successors()]
      const outcomes = await Promise.all([
        retryCall(() => one!.redeem(old, first)),
        retryCall(() => other!.redeem(old, second)),
      ])
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['redeemed', 'replayed'])
      const [next] = outcomes[0].status === 'redeemed' ? first : second
      current = { ...next!, grant: old.grant }
      rounds[number]!++
    }
    expect(await retryCall(() => one!.find(current.hash))).toEqual(current)
  }

  const working = Promise.all(Array.from({ length: pairs }, (_, number) => rotate(number)))
  working.catch(() => {})
  return {
    rounds,
    failures: () => ({ count, longest }),
    async until(isSo) {
      await Promise.race([working, isSo])
    },
    async end() {
      over.abort()
      await working
    },
    async stop() {
      givenUp.abort()
      over.abort()
      await working.catch(() => {})
    },
  }
}

async function rejectAfter(milliseconds: number): Promise<never> {
  await sleep(milliseconds, undefined, { ref: false })
  throw new Error(`No answer within ${milliseconds} ms`)
}
