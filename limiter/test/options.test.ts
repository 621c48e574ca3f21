import { readFileSync } from 'node:fs'
import path from 'node:path'
import { defaults, memoryLimiter, redisLimiter } from '@oauth2-kit/limiter'
import { redisDefaults } from '../src/redis-limiter'
import { allowed, anAttempt } from './support/behaviour'

const read = (file: string) => readFileSync(path.join(__dirname, '..', file), 'utf8')
const redis = { status: 'ready', eval: async () => [1, 1000] }

describe('the options of a limiter', () => {
  it.each<[unknown, RegExp]>([
    [null, /takes an object with options/],
    [{ perAdress: null }, /Unknown option "perAdress" of .*Did you mean "perAddress"/],
    [{ keyPrefix: 'a' }, /Unknown option "keyPrefix"/],
    [{ normalizeUsername: 'NFKC' }, /"normalizeUsername" must be a function/],
    [{ normalizeUsername: null }, /"normalizeUsername" must be a function/],
    [{ perName: 10 }, /"perName" must be \{ failures, seconds \}, whole numbers above 0, or null/],
    [{ perName: { failures: 0, seconds: 60 } }, /"perName" must be/],
    [{ perAddress: { failures: 10 } }, /"perAddress" must be/],
    [{ perAddress: { failures: 1.5, seconds: 60 } }, /"perAddress" must be/],
    [{ perNameEverywhere: { failures: 10, seconds: 2 ** 31 } }, /"perNameEverywhere" must be/],
    [{ perAddress: null, perName: null, perNameEverywhere: null }, /A limiter without a limit/],
  ])('%j: throws a TypeError that says how to fix it', (options, message) => {
    expect(() => memoryLimiter(options as never)).toThrow(TypeError)
    expect(() => memoryLimiter(options as never)).toThrow(message)
    if (options !== null && 'keyPrefix' in (options as object)) return
    expect(() => redisLimiter(redis, options as never)).toThrow(message)
  })

  it.each<[unknown, unknown, RegExp]>([
    [undefined, {}, /redisLimiter\(\) needs an ioredis client/],
    [{}, {}, /redisLimiter\(\) needs an ioredis client/],
    [redis, { keyPrefix: 7 }, /"keyPrefix" must be a string/],
    [redis, { timeoutMs: 0 }, /"timeoutMs" must be a number of milliseconds above 0/],
    [redis, { timeoutMs: 2 ** 31 }, /"timeoutMs" must be/],
  ])('redisLimiter(%j, %j): throws and says how to fix it', (client, options, message) => {
    expect(() => redisLimiter(client as never, options as never)).toThrow(message)
  })

  it('are copied', async () => {
    const perName = { failures: 1, seconds: 60 }
    const limiter = memoryLimiter({ perName })
    perName.failures = 9
    expect(await allowed(limiter, Array(9).fill(anAttempt()))).toBe(1)
  })

  it('have the documented defaults, with which one address cannot reach perNameEverywhere', () => {
    for (const [name, { failures, seconds }] of Object.entries(defaults)) {
      const text = `{ failures: ${failures}, seconds: ${seconds} }`
      const [, comment = ''] =
        new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\s*${name}\\?`, 's').exec(read('src/options.ts')) ??
        []
      expect(comment.replace(/\s*\*\s*/g, ' ').replace(/\s+/g, ' ')).toContain(`@default ${text}`)
      expect(read('README.md')).toMatch(
        new RegExp(`^\\| \`${name}\` \\|.*\\| \`${text}\` \\|$`, 'm'),
      )
    }
    for (const [name, value] of Object.entries(redisDefaults)) {
      expect(read('README.md')).toMatch(
        new RegExp(`^\\| \`${name}\` \\|.*\\| \`?${value}\`? \\|$`, 'm'),
      )
    }
    const { perName, perNameEverywhere } = defaults
    const fromOneAddress = (perName.failures * perNameEverywhere.seconds) / perName.seconds
    expect(fromOneAddress).toBeLessThan(perNameEverywhere.failures)
  })
})
