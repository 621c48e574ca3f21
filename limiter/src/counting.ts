import { withCode } from '@oauth2-kit/core/store-kit'
import { hash } from 'node:crypto'
import type { Attempt, Limiter, Verdict } from '@oauth2-kit/core'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { addressKey } from './address-key'
import { type NormalizeUsername, normalizeUsername } from './normalize-username'
import type { LimitName } from './options'

/** The counter of each active limit. */
export type Counters = Partial<Record<LimitName, RateLimiterAbstract>>

/** One count that an attempt adds to. */
interface Count {
  counter: RateLimiterAbstract
  key: string
}

/** Returns a limiter on these counters. */
export function counting(counters: Counters, normalize: NormalizeUsername): Limiter {
  return {
    async take(attempt) {
      const { problem, ...normalized } = withNormalized(attempt, normalize)
      const verdict = await takeByKeys(keysOf(normalized))
      return problem === undefined ? verdict : { ...verdict, problem }
    },
  }

  async function takeByKeys(keys: Keys): Promise<Verdict> {
    const countsOf = (...names: LimitName[]): Count[] =>
      names.flatMap((name) => {
        const [counter, key] = [counters[name], keys[name]]
        return counter && key !== undefined ? [{ counter, key }] : []
      })
    // The address comes first, because an address over its limit must not fill the memory with
    // names.
    const byAddress = await takeAll(countsOf('perAddress'))
    if (!byAddress.allowed) return byAddress
    const byName = await takeAll(countsOf('perName', 'perNameEverywhere'))
    if (!byName.allowed) await byAddress.giveBack()
    return byName.allowed ? both(byAddress, byName) : byName
  }
}

/**
 * Returns the attempt with its normalized username. `problem` is set if the application's function
 * failed.
 */
function withNormalized(
  attempt: Attempt,
  normalize: NormalizeUsername,
): Attempt & { problem?: unknown } {
  const { username } = attempt
  if (username === undefined) return attempt
  try {
    const normalized: unknown = normalize(username)
    if (typeof normalized === 'string') return { ...attempt, username: normalized }
    // Most likely an async function. Its rejection must not stay unhandled.
    Promise.resolve(normalized).catch(() => {})
    throw withCode('OAUTH2_KIT_HOOK', new TypeError('"normalizeUsername" must return a string'))
  } catch (problem) {
    // A name on which the function fails must not bypass the limit.
    return { ...attempt, username: normalizeUsername(username), problem }
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

/** Takes one from each count, or from none if one of them is exhausted. */
async function takeAll(counts: readonly Count[]): Promise<Verdict> {
  const waits = await Promise.all(counts.map(take))
  const giveBack = async () => {
    await Promise.all(counts.map(putBack))
  }
  if (waits.every((wait) => wait === 0)) return { allowed: true, giveBack }
  // A refused attempt doesn't count as a failure.
  await giveBack()
  return { allowed: false, retryAfterSeconds: Math.max(...waits) }
}

/** Takes one. Resolves with 0 if it is allowed, or else with the seconds until the next one is. */
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
  // If the period has passed, there is nothing to give back, and the limit must not grow.
  if (consumedPoints < 0) await counter.penalty(key)
}

type Keys = Partial<Record<LimitName, string>>

/**
 * Returns the keys of an attempt. They have a fixed length and don't reveal usernames. Without an
 * address there are no keys for it.
 */
function keysOf({ address, clientId, username, registration, userCode }: Attempt): Keys {
  if (registration) return keysApart('registration', address)
  if (userCode) return keysApart('user code', address)
  const who = username === undefined ? ['client', clientId] : ['user', username]
  const perNameEverywhere = digest(who)
  if (address === undefined) return { perNameEverywhere }
  const where = addressKey(address)
  return { perAddress: digest([where]), perName: digest([...who, where]), perNameEverywhere }
}

/**
 * Registrations and user codes of devices are counted apart, so that they do not use up the failures that
 * an address has for secrets. From all addresses together, they are counted only if no address is known:
 * otherwise one attacker could stop them for all.
 */
function keysApart(what: string, address: string | undefined): Keys {
  if (address === undefined) return { perNameEverywhere: digest([what]) }
  const key = digest([what, addressKey(address)])
  return { perAddress: key, perName: key }
}

function digest(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
