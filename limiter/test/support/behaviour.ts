import { randomUUID } from 'node:crypto'
import type { Attempt, Limiter, Verdict } from '@oauth2-kit/core'
import type { LimiterOptions } from '@oauth2-kit/limiter'

/** Creates a limiter that shares its counts with no other test. */
export type MakeLimiter = (options: LimiterOptions) => Limiter

const none = { perAddress: null, perName: null, perNameEverywhere: null }
const few = { failures: 3, seconds: 60 }

/** Tests the behaviour of a limiter. It is the same wherever the counts are stored. */
export function describeBehaviour(make: MakeLimiter): void {
  it('allows the configured failures, and then returns the seconds to wait', async () => {
    const limiter = make({ ...none, perName: few })
    const attempt = anAttempt()
    expect(await allowed(limiter, [attempt, attempt, attempt])).toBe(3)
    const verdict = await limiter.take(attempt)
    expect(verdict).toEqual({ allowed: false, retryAfterSeconds: expect.any(Number) })
    const { retryAfterSeconds } = verdict as Verdict & { allowed: false }
    expect(retryAfterSeconds).toBeGreaterThan(0)
    expect(retryAfterSeconds).toBeLessThanOrEqual(60)
  })

  it('enforces the limit for 100 concurrent attempts', async () => {
    const limiter = make({ ...none, perName: few, perNameEverywhere: { failures: 9, seconds: 60 } })
    expect(await allowed(limiter, Array<Attempt>(100).fill(anAttempt()))).toBe(3)
  })

  it('does not count attempts that are given back', async () => {
    const limiter = make({ perName: few, perAddress: few, perNameEverywhere: few })
    const attempt = anAttempt()
    for (let n = 0; n < 20; n++) {
      await giveBack(await limiter.take(attempt))
    }
    expect(await allowed(limiter, Array<Attempt>(9).fill(attempt))).toBe(3)
  })

  it('does not count refused attempts against any limit', async () => {
    const limiter = make({ perName: few, perAddress: { failures: 6, seconds: 60 } })
    const ada = anAttempt({ username: randomUUID() })
    expect(await allowed(limiter, Array<Attempt>(50).fill(ada))).toBe(3)
    const bob = { ...ada, username: randomUUID() }
    expect(await allowed(limiter, [bob, bob, bob])).toBe(3)
  })

  it('perAddress: counts the failures of all names together', async () => {
    const limiter = make({ ...none, perAddress: few })
    const attempts = Array.from({ length: 9 }, () => anAttempt({ address: '203.0.113.7' }))
    expect(await allowed(limiter, attempts)).toBe(3)
    expect(await allowed(limiter, [anAttempt({ address: '203.0.113.8' })])).toBe(1)
  })

  it('perName: counts the failures of each address separately', async () => {
    const limiter = make({ ...none, perName: few })
    const attempt = anAttempt()
    expect(await allowed(limiter, Array<Attempt>(9).fill(attempt))).toBe(3)
    expect(await allowed(limiter, [{ ...attempt, address: anAttempt().address }])).toBe(1)
    expect(await allowed(limiter, [{ ...attempt, clientId: randomUUID() }])).toBe(1)
  })

  it('perNameEverywhere: counts the failures of all addresses, and of none, together', async () => {
    const limiter = make({ ...none, perNameEverywhere: few })
    const { clientId } = anAttempt()
    const attempts = Array.from({ length: 9 }, () => anAttempt({ clientId }))
    expect(await allowed(limiter, [...attempts, { clientId, address: undefined }])).toBe(3)
    expect(await allowed(limiter, [{ clientId, address: undefined }])).toBe(0)
  })

  it('does not apply perAddress and perName if no address is known', async () => {
    const limiter = make({ perAddress: few, perName: few, perNameEverywhere: null })
    const attempt = anAttempt({ address: undefined })
    expect(await allowed(limiter, Array<Attempt>(9).fill(attempt))).toBe(9)
  })

  it('counts a client and a user of one name separately, and a user across clients', async () => {
    const limiter = make({ ...none, perNameEverywhere: few })
    const name = randomUUID()
    const client = anAttempt({ clientId: name })
    const user = () => anAttempt({ username: name })
    expect(await allowed(limiter, Array<Attempt>(9).fill(client))).toBe(3)
    expect(await allowed(limiter, Array.from({ length: 9 }, user))).toBe(3)
  })

  it.each([
    ['upper case', ['ada@example.com', 'ADA@EXAMPLE.COM', 'Ada@Example.com']],
    ['compatible characters', ['ada', '\uff41\uff44\uff41', '\u24d0da', '\u1d43da']],
    ['composed and decomposed characters', ['z\u00f6e', 'zo\u0308e', 'ZO\u0308E']],
    ['the sharp s', ['strasse', 'stra\u00dfe', 'STRASSE', 'STRA\u1e9eE']],
    ['both small sigmas', ['\u03bf\u03b4\u03cc\u03c2', '\u03bf\u03b4\u03cc\u03c3']],
    ['the Kelvin sign and the long s', ['kiss', '\u212ai\u017fs']],
  ])('F21: counts different spellings of a username together: %s', async (_what, spellings) => {
    for (const one of [{ perName: few }, { perNameEverywhere: few }]) {
      const limiter = make({ ...none, ...one })
      const { address } = anAttempt()
      const prefix = randomUUID()
      const attempts = spellings.map((username) =>
        anAttempt({ address, username: prefix + username }),
      )
      expect(await allowed(limiter, [...attempts, ...attempts, ...attempts])).toBe(3)
    }
  })

  it('counts registrations of clients by address, and apart from secrets and passwords', async () => {
    const limiter = make({ ...none, perName: few, perAddress: { failures: 4, seconds: 60 } })
    const attempt = anAttempt({ clientId: '', registration: true })
    expect(await allowed(limiter, Array<Attempt>(9).fill(attempt))).toBe(3)
    expect(await allowed(limiter, [{ ...attempt, address: anAttempt().address }])).toBe(1)
    const { address } = attempt
    const others = Array.from({ length: 9 }, () => anAttempt({ address }))
    expect(await allowed(limiter, others)).toBe(4)
    expect(await allowed(limiter, [anAttempt({ clientId: 'registration' })])).toBe(1)
  })

  it('counts registrations from all addresses together only if no address is known', async () => {
    const limiter = make({ ...none, perNameEverywhere: few })
    const from = { clientId: '', registration: true } as const
    const unknown = anAttempt({ ...from, address: undefined })
    expect(await allowed(limiter, Array<Attempt>(9).fill(unknown))).toBeLessThanOrEqual(3)
    expect(await allowed(limiter, [unknown])).toBe(0)
    expect(await allowed(limiter, Array<Attempt>(9).fill(anAttempt(from)))).toBe(9)
  })

  it('counts user codes of devices by address, and apart from everything else', async () => {
    const limiter = make({ ...none, perName: few, perAddress: { failures: 4, seconds: 60 } })
    const attempt = anAttempt({ clientId: '', userCode: true })
    expect(await allowed(limiter, Array<Attempt>(9).fill(attempt))).toBe(3)
    expect(await allowed(limiter, [{ ...attempt, address: anAttempt().address }])).toBe(1)
    const { address } = attempt
    expect(await allowed(limiter, [{ clientId: '', registration: true, address }])).toBe(1)
    const others = Array.from({ length: 9 }, () => anAttempt({ address }))
    expect(await allowed(limiter, others)).toBe(4)
  })

  it('counts user codes from all addresses together only if no address is known', async () => {
    const limiter = make({ ...none, perNameEverywhere: few })
    const from = { clientId: '', userCode: true } as const
    const unknown = anAttempt({ ...from, address: undefined })
    expect(await allowed(limiter, Array<Attempt>(9).fill(unknown))).toBeLessThanOrEqual(3)
    expect(await allowed(limiter, [unknown])).toBe(0)
    expect(await allowed(limiter, Array<Attempt>(9).fill(anAttempt(from)))).toBe(9)
  })

  it('F21: compares the ids of clients exactly', async () => {
    const limiter = make({ ...none, perNameEverywhere: few })
    const clientId = randomUUID()
    for (const id of [`a${clientId}`, `A${clientId}`]) {
      const attempts = Array.from({ length: 9 }, () => anAttempt({ clientId: id }))
      expect(await allowed(limiter, attempts)).toBe(3)
    }
  })

  it('F21: normalizeUsername decides which usernames are the same', async () => {
    const limiter = make({ ...none, perNameEverywhere: few, normalizeUsername: trimmed })
    const name = `a${randomUUID()}`
    const spellings = [name, ` ${name}`, `${name}\t`, `  ${name} `]
    const attempts = spellings.map((username) => anAttempt({ username }))
    expect(await allowed(limiter, attempts)).toBe(3)
    expect(await allowed(limiter, [anAttempt({ username: name.toUpperCase() })])).toBe(1)
  })

  it.each<[string, (username: string) => string]>([
    [
      'throws',
      () => {
        throw new Error('No such locale')
      },
    ],
    ['returns no string', () => undefined as never],
    ['is async and rejects', (() => Promise.reject(new Error('No such locale'))) as never],
  ])(
    'F21: counts anyway, and reports a problem, if normalizeUsername %s',
    async (_what, normalizeUsername) => {
      const limiter = make({ ...none, perNameEverywhere: few, normalizeUsername })
      const username = `a${randomUUID()}`
      const verdict = await limiter.take(anAttempt({ username }))
      expect(verdict).toMatchObject({ allowed: true, problem: expect.any(Error) })
      const spellings = [username, username.toUpperCase(), username, username]
      expect(
        await allowed(
          limiter,
          spellings.map((one) => anAttempt({ username: one })),
        ),
      ).toBe(2)
    },
  )

  it('counts an IPv6 /64 network as one address, and IPv4 in either notation', async () => {
    const limiter = make({ ...none, perAddress: { failures: 1, seconds: 60 } })
    const from = (address: string) => allowed(limiter, [anAttempt({ address })])
    expect(await from('2001:db8:1:2:aaaa::1')).toBe(1)
    expect(await from('2001:DB8:1:2:bbbb::2')).toBe(0)
    expect(await from('2001:db8:1:3::1')).toBe(1)
    expect(await from('198.51.100.4')).toBe(1)
    expect(await from('::ffff:198.51.100.4')).toBe(0)
  })

  it('allows attempts again after the period, and ignores what is given back late', async () => {
    const limiter = make({ ...none, perName: { failures: 2, seconds: 5 } })
    const attempt = anAttempt()
    const [first, second] = await Promise.all([limiter.take(attempt), limiter.take(attempt)])
    expect([first.allowed, second.allowed]).toEqual([true, true])
    let later = await limiter.take(attempt)
    while (!later.allowed) later = await limiter.take(attempt)
    await giveBack(later)
    await Promise.all([giveBack(first), giveBack(second)])
    expect(await allowed(limiter, Array<Attempt>(9).fill(attempt))).toBe(2)
  })
}

function trimmed(username: string): string {
  return username.trim()
}

/** An attempt with a client id and an address that no other test uses. */
export function anAttempt(differences: Partial<Attempt> = {}): Attempt {
  const [a, b, c] = crypto.getRandomValues(new Uint8Array(3))
  return { clientId: randomUUID(), address: `10.${a}.${b}.${c}`, ...differences }
}

/** Returns how many of these concurrent attempts are allowed. */
export async function allowed(limiter: Limiter, attempts: readonly Attempt[]): Promise<number> {
  const verdicts = await Promise.all(attempts.map((attempt) => limiter.take(attempt)))
  return verdicts.filter((verdict) => verdict.allowed).length
}

export async function giveBack(verdict: Verdict): Promise<void> {
  if (!verdict.allowed) throw new Error('It was refused')
  await verdict.giveBack()
}
