import type { Limiter } from '@oauth2-kit/core'
import { limiting } from '../../src/limiting'
import { timeoutAfter } from '../../src/async/timeout'
import { CountingLimiter } from '../support/counting-limiter'
import { deferred } from '../oauth21/around'

const attempt = { clientId: 'album', address: '203.0.113.7' }
const secrets = ['a secret']

function limitedBy(limiter: Limiter | undefined) {
  const emit = jest.fn()
  return { emit, limited: limiting(limiter, emit, timeoutAfter(1000)) }
}

describe('concurrent attempts with the same secret', () => {
  it('are one attempt, which is given back once, after the last one', async () => {
    const limiter = new CountingLimiter(1)
    const { limited } = limitedBy(limiter)
    const gates = [deferred<boolean>(), deferred<boolean>(), deferred<boolean>()]
    const pending = gates.map(({ promise }) => limited(attempt, secrets, () => promise))
    gates[0]!.resolve(true)
    gates[1]!.resolve(true)
    expect(await Promise.all(pending.slice(0, 2))).toEqual([true, true])
    expect([limiter.taken, limiter.givenBack]).toEqual([[attempt], []])
    gates[2]!.resolve(true)
    await pending[2]
    await new Promise(setImmediate)
    expect([limiter.taken, limiter.givenBack]).toEqual([[attempt], [attempt]])
  })

  it('are one failure if the secret is wrong', async () => {
    const limiter = new CountingLimiter(2)
    const { limited } = limitedBy(limiter)
    await Promise.all([1, 2, 3].map(() => limited(attempt, secrets, async () => null)))
    await new Promise(setImmediate)
    expect(limiter.count(attempt)).toBe(1)
    await limited(attempt, secrets, async () => null)
    expect(limiter.count(attempt)).toBe(2)
  })

  it('are refused by one call of take(), and the next attempt calls it again', async () => {
    const limiter = new CountingLimiter(0)
    const take = jest.spyOn(limiter, 'take')
    const { limited } = limitedBy(limiter)
    const both = await Promise.allSettled([1, 2].map(() => limited(attempt, secrets, jest.fn())))
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(take).toHaveBeenCalledTimes(1)
    await expect(limited(attempt, secrets, jest.fn())).rejects.toThrow('Too many failed attempts')
    expect(take).toHaveBeenCalledTimes(2)
    expect(limiter.givenBack).toEqual([])
  })

  it.each<[string, object, string[]]>([
    ['secret', {}, ['another secret']],
    ['decoding of the secret', {}, ['a secret', 'a%20secret']],
    ['client', { clientId: 'other' }, secrets],
    ['user', { username: 'ada' }, secrets],
    ['address', { address: undefined }, secrets],
  ])('are counted separately for another %s', async (_what, difference, others) => {
    const limiter = new CountingLimiter(9)
    const { limited } = limitedBy(limiter)
    await Promise.all([
      limited(attempt, secrets, async () => true),
      limited({ ...attempt, ...difference }, others, async () => true),
    ])
    expect(limiter.taken).toHaveLength(2)
  })
})

it('without a limiter, only the secret is verified', async () => {
  const { limited } = limitedBy(undefined)
  const verify = jest.fn(async () => 'found')
  expect(await limited(attempt, secrets, verify)).toBe('found')
})

it('rounds the wait up to whole seconds, at least one', async () => {
  for (const [seconds, expected] of [
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [0.2, 1],
    [59.5, 60],
  ]) {
    const take = async () => ({ allowed: false, retryAfterSeconds: seconds! }) as const
    const { limited, emit } = limitedBy({ take })
    await expect(limited(attempt, secrets, jest.fn())).rejects.toMatchObject({
      code: 429,
      headers: { 'Retry-After': String(expected) },
    })
    expect(emit).toHaveBeenCalledWith('limiter.refused', {
      ...attempt,
      secretOf: 'client',
      retryAfterSeconds: expected,
    })
  }
})
