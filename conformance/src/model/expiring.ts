import { wholeSecond } from '../given'
import { TimeJump } from '../time-jump'
import type { ModelRuns } from './run'
import {
  type Saved,
  aToken,
  areFound,
  assertAsSaved,
  finders,
  forEver,
  inDays,
  isFound,
  offered,
  saved,
} from './tokens'
import type { ModelTrial } from './trial'

/** Milliseconds within the second, and times after the end of 32-bit seconds and timers. */
const times = [3_600_001, 7_200_999, 40 * 86_400_000].map((after) => (now: number) => now + after)
const farTimes = [4_102_444_800_123, 7_258_118_400_999, 253_402_300_799_999]

export const expiringRuns: ModelRuns = {
  'expiry.precision': {
    async run(t) {
      const now = wholeSecond()
      const kept: Saved[] = []
      for (const name of offered(t)) {
        for (const time of [...times.map((from) => from(now)), ...farTimes]) {
          const expires = new Date(time)
          await isFound(t, await saved(t, name, { expires }))
          kept.push(await saved(t, name, { expires }))
        }
      }
      // A timer that is set to more than 2^31 ms fires at once.
      await new Promise((resolve) => setTimeout(resolve, 5))
      await areFound(t, kept)
    },
  },

  'expiry.past': {
    async run(t) {
      const now = wholeSecond()
      const kept: Saved[] = []
      for (const name of offered(t)) kept.push(await saved(t, name), ...(await forEver(t, name)))
      for (const name of offered(t)) {
        for (const time of [0, 1, now - 40 * 86_400_000, now - 1000, now]) {
          const one = await saved(t, name, { expires: new Date(time) })
          // What the same request saves lives longer.
          const others = offered(t).filter((other) => other !== name)
          for (const other of others) kept.push(await saved(t, other, { expires: inDays(14) }))
          // A look-up must not bring it back.
          for (let n = 0; n < 2; n++) await isFoundOrGone(t, one)
        }
      }
      await areFound(t, kept)
    },
  },

  'expiry.passing': {
    async run(t) {
      using clock = new TimeJump()
      const kept: Saved[] = []
      const lasting: Saved[] = []
      for (const name of offered(t)) {
        kept.push(await saved(t, name))
        lasting.push(...(await forEver(t, name)))
        for (const days of [14, 40]) lasting.push(await saved(t, name, { expires: inDays(days) }))
      }
      // A code that was found once may be gone, so it is looked up at the end only.
      const tokens = lasting.filter(({ name }) => name !== 'saveAuthCode')
      for (const minutes of [1, 30, 28]) await clock.jump(minutes * 60_000)
      await areFound(t, kept)
      for (const hours of [2, 48, 240]) {
        await clock.jump(hours * 3_600_000)
        // A model may clean up when it saves or revokes something.
        for (const name of offered(t)) await saved(t, name, { expires: inDays(1) })
        if (t.has('revokeRefreshToken')) await t.ask('revokeRefreshToken', aToken())
        await areFound(t, tokens)
      }
      await areFound(t, lasting)
    },
  },

  'expiry.boundary': {
    async run(t) {
      for (const name of offered(t)) {
        for (const after of [3000, 30_000, 120_000, 600_000]) {
          const one = await saved(t, name, { expires: new Date(Date.now() + after) })
          // On a slow machine, the first one may expire before it is found.
          if (after > 3000) for (let n = 0; n < 2; n++) await isFound(t, one)
          else await isFoundOrGone(t, one, () => Date.now() >= one.expires!.getTime())
        }
      }
    },
  },
}

/** What only a model with tokens that never expire can break. */
export const neverExpiringRuns: ModelRuns = {
  'expiry.null': {
    async run(t) {
      for (const name of offered(t)) {
        // A code always expires.
        if (name === 'saveAuthCode') continue
        const never = await saved(t, name, { expires: null })
        const [other, again] = [await saved(t, name), await saved(t, name, { expires: null })]
        for (const one of [never, other, again, never]) await isFound(t, one)
      }
    },
  },
}

/** Fails unless the token is found as it was saved, or is gone and may be. */
async function isFoundOrGone(t: ModelTrial, one: Saved, mayBeGone = () => true): Promise<void> {
  const found = await t.ask(finders[one.name], one.token)
  if (found || !mayBeGone()) assertAsSaved(t, found, one)
}
