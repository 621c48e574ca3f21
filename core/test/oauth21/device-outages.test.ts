import { deferred, around } from './around'
import { begin, codes, decide, deviceProvider, outcome, poll } from '../support/devices'

type Fate = 'fails' | 'loses its reply'

/** A provider whose store can fail in the next call of a method. */
async function failing() {
  const fates = new Map<string, Fate[]>()
  const provider = await deviceProvider({
    through: (store) =>
      around(store, async ({ name, proceed }) => {
        const fate = fates.get(name)?.shift()
        if (fate === 'fails') throw new Error('away')
        const answer = await proceed()
        if (fate !== undefined) throw new Error('reply lost')
        return answer
      }),
  })
  return { provider, fail: (name: string, ...how: Fate[]) => fates.set(name, how) }
}

const unavailable = '503 temporarily_unavailable'

/** A provider whose store delays its first call of a method, beyond the timeout. */
async function delaying(method: 'issue' | 'takeRecord') {
  const late = deferred()
  let isLate = true
  const provider = await deviceProvider({
    storeTimeout: 50,
    through: (store) =>
      around(store, async ({ name, proceed }) => {
        if (name === method && isLate) {
          isLate = false
          await late.promise
        }
        return proceed()
      }),
  })
  return { provider, late }
}

describe('a store that fails while a device', () => {
  it.each<[number, Fate]>([
    [1, 'fails'],
    [2, 'fails'],
    [1, 'loses its reply'],
    [2, 'loses its reply'],
  ])('begins (call %i of addRecord %s): a 503, and the next attempt works', async (call, how) => {
    const { provider, fail } = await failing()
    const fine: Fate[] = []
    fail('addRecord', ...(call === 2 ? ([undefined, how] as unknown as Fate[]) : [...fine, how]))
    const answer = await begin(provider)
    expect(outcome(answer)).toBe(unavailable)
    expect(answer.headers['retry-after']).toBe('1')
    const { user_code, device_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    expect(outcome(await poll(provider, device_code))).toBe('200 ok')
  })

  it.each(['find', 'getRecord'])('asks (%s): a 503, and the next poll works', async (name) => {
    const { provider, fail } = await failing()
    const { user_code, device_code } = await codes(provider)
    fail(name, 'fails')
    expect(outcome(await poll(provider, device_code))).toBe(unavailable)
    // The failed poll does not slow the device down.
    expect(outcome(await poll(provider, device_code))).toBe('400 authorization_pending')
    await decide(provider, user_code, { allow: true })
    fail(name, 'fails')
    expect(outcome(await poll(provider, device_code))).toBe(unavailable)
    expect(outcome(await poll(provider, device_code))).toBe('200 ok')
  })

  it.each<Fate>(['fails', 'loses its reply'])(
    'gets its tokens (redeem %s): the next poll gets them',
    async (how) => {
      const { provider, fail } = await failing()
      const { user_code, device_code } = await codes(provider)
      await decide(provider, user_code, { allow: true })
      fail('redeem', how)
      expect(outcome(await poll(provider, device_code))).toBe(unavailable)
      const first = await poll(provider, device_code)
      expect(outcome(first)).toBe('200 ok')
      // For ten seconds, because the retry may have reached another process.
      expect((await poll(provider, device_code)).body).toEqual(first.body)
      provider.clock.step(10_000)
      expect(outcome(await poll(provider, device_code))).toBe('400 invalid_grant')
    },
  )

  it('gets its tokens at the last moment: the code does not expire because of the outage', async () => {
    const { provider, fail } = await failing()
    const { user_code, device_code } = await codes(provider)
    await decide(provider, user_code, { allow: true })
    provider.clock.step(599_000)
    fail('redeem', 'fails')
    expect(outcome(await poll(provider, device_code))).toBe(unavailable)
    provider.clock.step(2000)
    expect(outcome(await poll(provider, device_code))).toBe('200 ok')
  })
})

describe('a store that fails while a user', () => {
  it.each([
    ['getRecord', true],
    ['getClient', true],
    ['takeRecord', true],
    ['issue', true],
    ['getRecord', false],
    ['takeRecord', false],
    ['addRecord', false],
    ['find', false],
  ])('decides (%s, allow: %s): a 503, and the next attempt works', async (name, allow) => {
    const { provider, fail } = await failing()
    const { user_code, device_code } = await codes(provider)
    fail(name, 'fails')
    expect((await decide(provider, user_code, { allow })).status).toBe(503)
    expect(outcome(await poll(provider, device_code))).toMatch(
      /authorization_pending|access_denied/,
    )
    expect((await decide(provider, user_code, { allow })).text).toBe(allow ? 'allowed' : 'denied')
    expect(outcome(await poll(provider, device_code))).toBe(allow ? '200 ok' : '400 access_denied')
  })

  it('allows a device: a lost reply of issue() is looked up, and nothing is lost', async () => {
    const { provider, fail } = await failing()
    const { user_code, device_code } = await codes(provider)
    fail('issue', 'loses its reply')
    expect((await decide(provider, user_code, { allow: true })).text).toBe('allowed')
    expect(outcome(await poll(provider, device_code))).toBe('200 ok')
  })

  it('allows a device: a lost reply that cannot be looked up counts when the user repeats it', async () => {
    const { provider, fail } = await failing()
    const { user_code, device_code } = await codes(provider)
    fail('issue', 'loses its reply')
    fail('find', 'fails')
    expect((await decide(provider, user_code, { allow: true })).status).toBe(503)
    // Another user cannot take it over.
    const other = await decide(provider, user_code, { allow: true, user: 'eve' })
    expect(other.text).toBe('unknown')
    const { body } = await poll(provider, device_code)
    const found = await provider.oauth.authenticate(
      new Request('https://auth.example/', {
        headers: { authorization: `Bearer ${(body as { access_token: string }).access_token}` },
      }),
    )
    expect(found).toMatchObject({ user: { id: 'anna' } })
  })

  it.each([
    [{ allow: true }, 'allowed', '200 ok'],
    // The grant that seemed to fail must not outlive the later decision.
    [{ allow: false }, 'denied', '400 access_denied'],
    [{ allow: true, scope: 'email' }, 'unknown', '400 access_denied'],
  ])('allows a device without a reply, and then decides %j', async (later, page, polled) => {
    const { provider, fail } = await failing()
    const { user_code, device_code } = await codes(provider)
    fail('issue', 'loses its reply')
    fail('find', 'fails')
    expect((await decide(provider, user_code, { allow: true })).status).toBe(503)
    expect((await decide(provider, user_code, later)).text).toBe(page)
    expect(outcome(await poll(provider, device_code))).toBe(polled)
  })

  it('denies a device whose grant arrives after the denial', async () => {
    const { provider, late } = await delaying('issue')
    const { user_code, device_code } = await codes(provider)
    expect((await decide(provider, user_code, { allow: true })).status).toBe(503)
    expect((await decide(provider, user_code, { allow: false })).text).toBe('denied')
    late.resolve()
    const isIssued = async () =>
      (await provider.store.listGrants({ userId: 'anna' }, { limit: 1 })).grants.length > 0
    while (!(await isIssued())) await new Promise(setImmediate)
    expect(outcome(await poll(provider, device_code))).toBe('400 access_denied')
    expect(await isIssued()).toBe(false)
    expect(outcome(await poll(provider, device_code))).toBe('400 access_denied')
  })

  it('decides, and takes the request too late: the user can decide again', async () => {
    const { provider, late } = await delaying('takeRecord')
    const { user_code, device_code } = await codes(provider)
    expect((await decide(provider, user_code, { allow: true })).status).toBe(503)
    late.resolve()
    let text = ''
    while (text !== 'allowed') ({ text } = await decide(provider, user_code, { allow: true }))
    expect(outcome(await poll(provider, device_code))).toBe('200 ok')
  })
})
