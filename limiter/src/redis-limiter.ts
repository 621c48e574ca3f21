import type { Limiter, Verdict } from '@oauth2-kit/core'
import { withCode, OptionError, type Rules, readOptions, timerMs } from '@oauth2-kit/core/store-kit'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { type Counters, counting } from './counting'
import { inMemory } from './memory-limiter'
import { type LimiterOptions, defaults, rules, settingsOf } from './options'

/** A client of ioredis 5 or later, for one server or a Cluster. */
export interface RedisClient {
  readonly status: string
  eval(script: string, keyCount: number, ...args: string[]): Promise<unknown>
}

/** Options of `redisLimiter()`. */
export interface RedisLimiterOptions extends LimiterOptions {
  /** What every key begins with. @default 'oauth2-kit:limit:' */
  keyPrefix?: string
  /**
   * Milliseconds until Redis is given up, and the memory of this process counts. @default 1000
   */
  timeoutMs?: number
}

/** The defaults of `redisLimiter()`, besides those of every limiter. */
export const redisDefaults = Object.freeze({ keyPrefix: 'oauth2-kit:limit:', timeoutMs: 1000 })

const redisRules: Rules<RedisLimiterOptions> = {
  ...rules,
  keyPrefix: [(value) => typeof value === 'string', 'must be a string'],
  timeoutMs: timerMs,
}

/**
 * A limiter that counts in Redis, for all processes of a server. The client stays yours: it is
 * neither closed nor configured. While Redis is away each process counts in its memory, and the
 * server tells so as `limiter.failed`. Throws a TypeError for a wrong option.
 */
export function redisLimiter(redis: RedisClient, options: RedisLimiterOptions = {}): Limiter {
  if (typeof (redis as Partial<RedisClient> | null)?.eval !== 'function')
    throw new OptionError('redis', 'redisLimiter() needs a client of ioredis')
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
      // Else what is asked meanwhile waits in the client until Redis is back.
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
        // What is taken late is counted already, here.
        asked.then(async (late) => late.allowed && (await late.giveBack())).catch(() => {})
        return { ...(await own.take(attempt)), problem }
      }
    },
  }
}

/**
 * The user's client as rate-limiter-flexible wants it, which otherwise would add a command to it.
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
    // Where this process was busy, the answer may be there already, unread.
    timer = setTimeout(() => setImmediate(reject, error), timeoutMs)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
