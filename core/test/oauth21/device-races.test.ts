import {
  type Codes,
  type DeviceProvider,
  codes,
  decide,
  deviceProvider,
  outcome,
  poll,
} from '../support/devices'

const many = 50

function counted(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}

/** Decides about the same request many times at once, as different users. */
async function decideOften(
  provider: DeviceProvider,
  { user_code }: Codes,
  allows: (index: number) => boolean,
): Promise<Record<string, number>> {
  const answers = await Promise.all(
    Array.from({ length: many }, (_, index) =>
      decide(provider, user_code, { allow: allows(index), user: `user-${index}` }),
    ),
  )
  return counted(answers.map(({ text }) => text))
}

describe('the request of a device', () => {
  it('is allowed once, by one of many users', async () => {
    const provider = await deviceProvider()
    const device = await codes(provider)
    expect(await decideOften(provider, device, () => true)).toEqual({ allowed: 1, unknown: 49 })
    const polls = await Promise.all(
      Array.from({ length: many }, () => poll(provider, device.device_code)),
    )
    const outcomes = counted(polls.map(outcome))
    expect(outcomes['200 ok'] ?? 0).toBeLessThanOrEqual(1)
    expect((outcomes['200 ok'] ?? 0) + outcomes['400 invalid_grant']!).toBe(many)
    const grants = await Promise.all(
      Array.from({ length: many }, (_, index) =>
        provider.store.listGrants({ userId: `user-${index}` }, { limit: 10 }),
      ),
    )
    // The other polls were replays, so that the only grant has ended.
    expect(grants.flatMap((page) => page.grants)).toEqual([])
  })

  it('is either allowed or denied, once', async () => {
    for (let round = 0; round < 5; round++) {
      const provider = await deviceProvider()
      const device = await codes(provider)
      const counts = await decideOften(provider, device, (index) => index % 2 === round % 2)
      expect(counts['unknown']).toBe(49)
      const isAllowed = counts['allowed'] === 1
      expect(counts[isAllowed ? 'allowed' : 'denied']).toBe(1)
      expect(outcome(await poll(provider, device.device_code))).toBe(
        isAllowed ? '200 ok' : '400 access_denied',
      )
    }
  })

  it('is never unknown to a device that asks while the user decides', async () => {
    for (let round = 0; round < 10; round++) {
      const provider = await deviceProvider()
      const { user_code, device_code } = await codes(provider)
      const [decided, ...polls] = await Promise.all([
        decide(provider, user_code, { allow: true }),
        poll(provider, device_code),
        poll(provider, device_code),
      ])
      expect(decided.text).toBe('allowed')
      const outcomes = polls.map(outcome)
      const won = outcomes.filter((one) => one === '200 ok')
      // The second of two polls may be a replay only if the first one got the tokens.
      const waiting = outcomes.filter((one) => /authorization_pending|slow_down/.test(one))
      expect(won.length + waiting.length).toBeGreaterThanOrEqual(won.length > 0 ? 1 : 2)
    }
  })

  it('has a user code of its own', async () => {
    const provider = await deviceProvider()
    const all = await Promise.all(Array.from({ length: many }, () => codes(provider)))
    expect(new Set(all.map(({ user_code }) => user_code)).size).toBe(many)
    expect(new Set(all.map(({ device_code }) => device_code)).size).toBe(many)
  })
})
