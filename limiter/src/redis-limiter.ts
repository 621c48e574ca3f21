import type { Limiter, Verdict } from '@oauth2-kit/core'
import { withCode, OptionError, type Rules, readOptions, timerMs } from '@oauth2-kit/core/store-kit'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { type Counters, counting } from './counting'
import { inMemory } from './memory-limiter'
import { type LimiterOptions, defaults, rules, settingsOf } from './options'

/** An ioredis client, version 5 or later, for one server or a Cluster. */
export interface RedisClient {
  readonly status: string
  eval(script: string, keyCount: number, ...args: string[]): Promise<unknown>
}

/** Options of `redisLimiter()`. */
export interface RedisLimiterOptions extends LimiterOptions {
  /** The prefix of every key. @default 'oauth2-kit:limit:' */
  keyPrefix?: string
  /** How long to wait for Redis before counting in memory, in milliseconds. @default 1000 */
  timeoutMs?: number
}

/** The defaults of `redisLimiter()`, in addition to those of every limiter. */
export const redisDefaults = Object.freeze({ keyPrefix: 'oauth2-kit:limit:', timeoutMs: 1000 })

const redisRules: Rules<RedisLimiterOptions> = {
  ...rules,
  keyPrefix: [(value) => typeof value === 'string', 'must be a string'],
  timeoutMs: timerMs,
}

/**
 * Returns a limiter that counts in Redis, for all processes of a server. It neither closes nor
 * configures your client. While Redis is unavailable, each process counts in memory, and the server
 * emits `limiter.failed`. Throws a TypeError if an option is wrong.
 */
export function redisLimiter(redis: RedisClient, options: RedisLimiterOptions = {}): Limiter {
  if (typeof (redis as Partial<RedisClient> | null)?.eval !== 'function')
    throw new OptionError('redis', 'redisLimiter() needs an ioredis client')
  const read = readOptions(options, redisRules, {
    of: 'redisLimiter()',
    defaults: { ...defaults, ...redisDefaults },
  })
  const { keyPrefix, timeoutMs } = read
  const settings = settingsOf(read)

  const storeClient = borrowed(redis)
  const counters = Object.entries(settings.limits).map(([name, { failures, seconds }]) => [
    name,
    new RateLimiterRedis({
      storeClient,
      keyPrefix: `${keyPrefix}${name}`,
      points: failures,
      duration: seconds,
      // Otherwise the client would queue commands until Redis is back.
      rejectIfRedisNotReady: true,
    }),
  ])
  const shared = counting(Object.fromEntries(counters) as Counters, settings.normalize)
  const own = inMemory(settings)

  return {
    async take(attempt): Promise<Verdict> {
      const asked = shared.take(attempt)
      try {
        return await inTime(asked, timeoutMs)
      } catch (problem) {
        // The attempt is counted in memory instead, so a late success is given back.
        asked.then(async (late) => late.allowed && (await late.giveBack())).catch(() => {})
        return { ...(await own.take(attempt)), problem }
      }
    },
  }
}

/**
 * Adapts the user's client for rate-limiter-flexible, which would otherwise define a command on it.
 */
function borrowed(redis: RedisClient) {
  let script = ''
  return {
    get status() {
      return redis.status
    },
    defineCommand(_name: string, { lua }: { lua: string }) {
      script = lua
    },
    rlflxIncr: ([key = '', ...args]: string[]) => redis.eval(script, 1, key, ...args),
  }
}

async function inTime<T>(asked: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = withCode(
      'OAUTH2_KIT_TIMEOUT',
      new Error(`Redis did not answer the limiter within ${timeoutMs} ms`),
    )
    // If this process was busy, the reply may have arrived without having been read yet.
    timer = setTimeout(() => setImmediate(reject, error), timeoutMs)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
