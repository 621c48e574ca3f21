import { hash } from 'node:crypto'
import type { Attempt, Limiter, Verdict } from '@oauth2-kit/core'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { addressKey } from './address-key'
import type { LimitName } from './options'

/** What counts, for each limit that holds. */
export type Counters = Partial<Record<LimitName, RateLimiterAbstract>>

/** One count that an attempt is part of. */
interface Count {
  counter: RateLimiterAbstract
  key: string
}

/** A limiter on counters, wherever they count. */
export function counting(counters: Counters): Limiter {
  return {
    async take(attempt) {
      const keys = keysOf(attempt)
      const countsOf = (...names: LimitName[]): Count[] =>
        names.flatMap((name) => {
          const [counter, key] = [counters[name], keys[name]]
          return counter && key !== undefined ? [{ counter, key }] : []
        })
      // The address first: one that is used up must not fill the memory with names.
      const byAddress = await takeAll(countsOf('perAddress'))
      if (!byAddress.allowed) return byAddress
      const byName = await takeAll(countsOf('perName', 'perNameEverywhere'))
      if (!byName.allowed) await byAddress.giveBack()
      return byName.allowed ? both(byAddress, byName) : byName
    },
  }
}

function both(...verdicts: (Verdict & { allowed: true })[]): Verdict {
  return {
    allowed: true,
    async giveBack() {
      await Promise.all(verdicts.map((verdict) => verdict.giveBack()))
    },
  }
}

/** Takes one from each count or, where one is used up, from none. */
async function takeAll(counts: readonly Count[]): Promise<Verdict> {
  const waits = await Promise.all(counts.map(take))
  const giveBack = async () => {
    await Promise.all(counts.map(putBack))
  }
  if (waits.every((wait) => wait === 0)) return { allowed: true, giveBack }
  // A refused attempt is no failure of anybody's.
  await giveBack()
  return { allowed: false, retryAfterSeconds: Math.max(...waits) }
}

/** Takes one; gives the seconds until there will be one, 0 where there was. */
async function take({ counter, key }: Count): Promise<number> {
  try {
    await counter.consume(key)
    return 0
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
  }
}

async function putBack({ counter, key }: Count): Promise<void> {
  const { consumedPoints } = await counter.reward(key)
  // Its seconds had passed: there was nothing to put back, and nothing must be gained.
  if (consumedPoints < 0) await counter.penalty(key)
}

/** Of one length whatever is sent, and without the names of users; none where nothing is known. */
function keysOf({ address, clientId, username }: Attempt): Partial<Record<LimitName, string>> {
  const who = username === undefined ? ['client', clientId] : ['user', username]
  const perNameEverywhere = digest(who)
  if (address === undefined) return { perNameEverywhere }
  const where = addressKey(address)
  return { perAddress: digest([where]), perName: digest([...who, where]), perNameEverywhere }
}

function digest(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
