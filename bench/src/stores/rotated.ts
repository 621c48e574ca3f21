import type { Store } from '@oauth2-kit/core'
import type { Result } from '../result'
import { refreshTokenOf, someGrants, someSuccessors } from './credentials'
import { compare } from './store-bench'

const effort = { rounds: { warmUp: 5, measured: 25 }, calls: 20 }
const rotations = 1000
const minuteMs = 60_000

/** Compares a grant that was rotated often with the first rotation of other grants. */
export async function rotated(store: Store, name: string): Promise<Result> {
  const firsts = await someGrants(
    store,
    (effort.rounds.warmUp + effort.rounds.measured) * effort.calls,
  )
  let old = (await someGrants(store, 1))[0]!
  // The core allows 60 rotations an hour. The last one of them is made now.
  let fromNow = -rotations * minuteMs
  const rotate = async () => {
    fromNow += minuteMs
    const tokens = someSuccessors().map((token) => ({
      ...token,
      createdAt: token.createdAt + fromNow,
      expiresAt: token.expiresAt! + fromNow,
    }))
    await store.redeem(old, tokens)
    old = refreshTokenOf(tokens, old.grant)
  }
  for (let n = 0; n < rotations; n++) await rotate()
  return compare(
    `${name}, by hand = the first rotation of a grant`,
    [
      {
        label: `redeem after ${rotations.toLocaleString('en')} rotations, one a minute`,
        store: rotate,
        floor: () => store.redeem(firsts.pop()!, someSuccessors()),
        atMost: 1.5,
      },
    ],
    effort,
  )
}
