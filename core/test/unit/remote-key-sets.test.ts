import { mostUrls, remoteKeySets } from '../../src/http/remote-key-sets'
import { testKey } from '../support/assertions'

const url = 'https://keys.example/jwks'
const [first, second] = [testKey(), testKey()]
const firstSet = { keys: [first.publicKey] }
const bothSet = { keys: [first.publicKey, second.publicKey] }

interface Fetched {
  value: unknown
  maxAge: number | undefined
}

/** A cache on a clock that the test moves, and the fetches that it makes. */
function cache(answer: () => Fetched | Promise<Fetched>) {
  const state = {
    at: 1_800_000_000_000,
    fetched: [] as string[],
    failures: [] as unknown[],
    answer,
  }
  const sets = remoteKeySets(
    async (one) => {
      state.fetched.push(one)
      return state.answer()
    },
    () => state.at,
    (_url, error) => state.failures.push(error),
  )
  return Object.assign(state, sets)
}

const fresh = (value: unknown, maxAge?: number) => () => ({ value, maxAge })
const down = () => {
  throw new Error('down')
}

describe('remoteKeySets()', () => {
  it.each([
    [undefined, 300],
    [0, 60],
    [10, 60],
    [120, 120],
    [9_999_999, 3600],
  ])('with max-age %p, keeps a set for %i seconds', async (maxAge, seconds) => {
    const at = cache(fresh(firstSet, maxAge))
    expect(await at.keysAt(url, first.kid)).toEqual(firstSet)
    at.at += seconds * 1000 - 1
    expect(await at.keysAt(url, first.kid)).toEqual(firstSet)
    expect(at.fetched).toHaveLength(1)
    at.at += 1
    await at.keysAt(url, first.kid)
    expect(at.fetched).toHaveLength(2)
  })

  it('shares one fetch between concurrent calls', async () => {
    const at = cache(fresh(firstSet))
    const kids = [first.kid, undefined, first.kid]
    const sets = await Promise.all(kids.map((kid) => at.keysAt(url, kid)))
    expect(sets).toEqual([firstSet, firstSet, firstSet])
    expect(at.fetched).toEqual([url])
  })

  it('fetches again for an unknown key, at most every 30 seconds', async () => {
    const at = cache(fresh(firstSet, 3600))
    await at.keysAt(url, first.kid)
    at.answer = fresh(bothSet, 3600)
    at.at += 29_999
    expect(await at.keysAt(url, second.kid)).toEqual(firstSet)
    expect(at.fetched).toHaveLength(1)
    at.at += 1
    expect(await at.keysAt(url, second.kid)).toEqual(bothSet)
    expect(at.fetched).toHaveLength(2)
    for (const kid of ['unknown', 'other']) await at.keysAt(url, kid)
    expect(at.fetched).toHaveLength(2)
  })

  it('remembers a failure for 30 seconds', async () => {
    const at = cache(down)
    await expect(at.keysAt(url, undefined)).rejects.toThrow('down')
    at.answer = fresh(firstSet)
    at.at += 29_999
    await expect(at.keysAt(url, undefined)).rejects.toThrow('down')
    expect(at.fetched).toHaveLength(1)
    expect(at.failures).toHaveLength(1)
    at.at += 1
    expect(await at.keysAt(url, undefined)).toEqual(firstSet)
  })

  it('uses an expired set for an hour if it cannot be fetched', async () => {
    const at = cache(fresh(firstSet, 60))
    await at.keysAt(url, undefined)
    at.answer = down
    at.at += 60_000
    expect(await at.keysAt(url, undefined)).toEqual(firstSet)
    expect(await at.keysAt(url, 'unknown')).toEqual(firstSet)
    expect(at.fetched).toHaveLength(2)
    at.at += 3_599_999
    expect(await at.keysAt(url, undefined)).toEqual(firstSet)
    at.at += 1
    await expect(at.keysAt(url, undefined)).rejects.toThrow('down')
  })

  it('refuses a set with a private key, and keeps the one before', async () => {
    const at = cache(fresh(firstSet, 60))
    await at.keysAt(url, undefined)
    at.answer = fresh({ keys: [second.privateKey] })
    at.at += 60_000
    expect(await at.keysAt(url, second.kid)).toEqual(firstSet)
    expect(at.failures).toEqual([expect.objectContaining({ code: 'OAUTH2_KIT_FETCH' })])
  })

  it('takes a set without keys: all of them are revoked', async () => {
    const at = cache(fresh(firstSet, 60))
    await at.keysAt(url, undefined)
    at.answer = fresh({ keys: [] })
    at.at += 60_000
    expect(await at.keysAt(url, second.kid)).toEqual({ keys: [] })
    expect(await at.keysAt(url, first.kid)).toEqual({ keys: [] })
  })

  it('uses an expired set that has the key at once, and fetches it again meanwhile', async () => {
    const at = cache(fresh(firstSet, 60))
    await at.keysAt(url, first.kid)
    const answers: ((fetched: Fetched) => void)[] = []
    at.answer = () => new Promise<Fetched>((resolve) => answers.push(resolve))
    at.at += 60_000
    for (const kid of [first.kid, undefined, first.kid])
      expect(await at.keysAt(url, kid)).toEqual(firstSet)
    expect(at.fetched).toHaveLength(2)
    const waiting = at.keysAt(url, second.kid)
    answers[0]!({ value: bothSet, maxAge: 60 })
    expect(await waiting).toEqual(bothSet)
    expect(at.fetched).toHaveLength(2)
  })

  it('does not use a set that was fetched while the clock was ahead', async () => {
    const at = cache(fresh(bothSet, 60))
    await at.keysAt(url, first.kid)
    at.at -= 86_400_000
    at.answer = fresh(firstSet, 60)
    expect(await at.keysAt(url, second.kid)).toEqual(firstSet)
    at.at -= 86_400_000
    at.answer = down
    await expect(at.keysAt(url, first.kid)).rejects.toThrow('down')
  })

  it('keeps a bounded number of sets, and removes what was used least recently', async () => {
    const at = cache(fresh(firstSet))
    await at.keysAt(url, undefined)
    for (let i = 1; i < mostUrls; i++) await at.keysAt(`${url}/${i}`, undefined)
    await at.keysAt(url, undefined)
    expect(at.fetched).toHaveLength(mostUrls)
    await at.keysAt(`${url}/one-more`, undefined)
    await at.keysAt(url, undefined)
    expect(at.fetched).toHaveLength(mostUrls + 1)
    await at.keysAt(`${url}/1`, undefined)
    expect(at.fetched).toHaveLength(mostUrls + 2)
  })

  it('bounds the fetches that run at once', async () => {
    const answers: ((fetched: Fetched) => void)[] = []
    const at = cache(() => new Promise<Fetched>((resolve) => answers.push(resolve)))
    const calls = Array.from({ length: 51 }, (_, i) => at.keysAt(`${url}/${i}`, undefined))
    await expect(calls[50]).rejects.toThrow('at once')
    expect(at.fetched).toHaveLength(50)
    for (const answer of answers) answer({ value: firstSet, maxAge: undefined })
    const sets = await Promise.all(calls.slice(0, 50))
    expect(sets.every((set) => set.keys[0] === first.publicKey)).toBe(true)
    at.answer = fresh(firstSet)
    expect(await at.keysAt(`${url}/50`, undefined)).toEqual(firstSet)
  })
})
