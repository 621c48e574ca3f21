import type { Limiter } from '@oauth2-kit/core'
import { readOptions } from '@oauth2-kit/core/store-kit'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { type Counters, counting } from './counting'
import { type LimiterOptions, type Settings, defaults, rules, settingsOf } from './options'

/**
 * Returns a limiter that counts in the memory of this process. Each process of a server counts on
 * its own. Throws a TypeError if an option is wrong.
 */
export function memoryLimiter(options: LimiterOptions = {}): Limiter {
  return inMemory(settingsOf(readOptions(options, rules, { of: 'memoryLimiter()', defaults })))
}

/** Returns a limiter in memory for settings that were already checked. */
export function inMemory({ limits, normalize }: Settings): Limiter {
  const counters = Object.entries(limits).map(([name, { failures, seconds }]) => [
    name,
    new RateLimiterMemory({ keyPrefix: '', points: failures, duration: seconds }),
  ])
  return counting(Object.fromEntries(counters) as Counters, normalize)
}
