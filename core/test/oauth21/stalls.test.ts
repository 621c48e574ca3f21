import type { MemoryStore } from '@oauth2-kit/memory'
import type { Store } from '@oauth2-kit/core'
import { answerHash } from '../../src/crypto/seal'
import { expresses } from '../support/express'
import {
  type Code,
  type Provider,
  askForToken,
  exchange,
  getCode,
  invalidGrant,
  me,
  provider,
  refresh,
  refusal,
  register,
  signIn,
  tokensOf,
} from '../support/provider'
import { until } from '../support/until'
import { around, deferred } from './around'

/** A store whose redemptions can be delayed, before or after they take effect. */
function stallingStore() {
  let going: Promise<void> = Promise.resolve()
  let release: (() => void) | undefined
  let isDoneFirst = false
  const through = (store: MemoryStore): Store =>
    around(store, async ({ name, proceed }) => {
      if (name !== 'redeem') return proceed()
      const waits = going
      if (!isDoneFirst) await waits
      const answer = await proceed()
      await waits
      return answer
    })
  return {
    through,
    /** Holds back the results of redemptions from now on. */
    stall({ isDone = false } = {}) {
      isDoneFirst = isDone
      const { promise, resolve } = deferred()
      going = promise
      release = resolve
    },
    async resume() {
      release?.()
      going = Promise.resolve()
      // Late results settle before the next request.
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    },
  }
}

/** A provider whose store rejects `find` while `finds.fail` is true. */
async function failingFinds(express: (typeof expresses)[number]['express']) {
  const finds = { fail: false }
  const at = await provider(express, {
    through: (store) =>
      around(store, ({ name, proceed }) =>
        finds.fail && name === 'find' ? Promise.reject(new Error('away')) : proceed(),
      ),
  })
  return { at, finds }
}

describe.each(expresses)('a store that stalls, on $version', ({ express }) => {
  async function begin(differences = {}) {
    const stalling = stallingStore()
    const at = await provider(express, {
      storeTimeout: 50,
      through: stalling.through,
      ...differences,
    })
    return { at, stalling }
  }

  /** Another process of the same provider. */
  function another(at: Provider, through: (store: MemoryStore) => Store = (store) => store) {
    const storeTimeout = 60_000
    return provider(express, { through: () => through(at.store), now: at.clock.now, storeTimeout })
  }

  it.each([false, true])(
    'F10: a refresh that got a 503 gets its tokens later (redeemed before the stall: %p)',
    async (isDone) => {
      const { at, stalling } = await begin()
      const { refresh_token } = await signIn(at, at.spa)
      stalling.stall({ isDone })
      for (const seconds of [6, 6]) {
        expect((await refresh(at, at.spa, refresh_token)).status).toBe(503)
        at.clock.step(seconds * 1000)
      }
      await stalling.resume()
      at.clock.step(1000)
      const tokens = tokensOf(await refresh(at, at.spa, refresh_token))
      expect((await me(at, tokens.access_token)).status).toBe(200)
      tokensOf(await refresh(at, at.spa, tokens.refresh_token))
    },
  )

  it('F10: an exchange that got a 503 gets its tokens after a stall of a minute', async () => {
    const { at, stalling } = await begin()
    const code = await getCode(at, at.spa)
    stalling.stall()
    expect((await exchange(at, at.spa, code)).status).toBe(503)
    at.clock.step(60_000)
    await stalling.resume()
    const tokens = tokensOf(await exchange(at, at.spa, code))
    expect((await me(at, tokens.access_token)).status).toBe(200)
    // After the grace period it is a replay.
    at.clock.step(10_001)
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    expect((await me(at, tokens.access_token)).status).toBe(401)
  })

  it.each(['refresh', 'code'] as const)(
    'F10: another process has the answer once the store has responded (%s)',
    async (kind) => {
      const { at, stalling } = await begin()
      const other = await another(at)
      const { refresh_token } = await signIn(at, at.spa)
      const code = await getCode(at, at.spa)
      const ask = (to: Provider) =>
        kind === 'code' ? exchange(to, at.spa, code) : refresh(to, at.spa, refresh_token)
      stalling.stall()
      expect((await ask(at)).status).toBe(503)
      at.clock.step(13_000)
      await stalling.resume()
      const tokens = tokensOf(await ask(other))
      expect((await me(other, tokens.access_token)).status).toBe(200)
      // Both processes return the same answer.
      expect(tokensOf(await ask(at))).toEqual(tokens)
      at.clock.step(10_001)
      expect(refusal(await ask(other))).toEqual(invalidGrant)
      expect((await me(other, tokens.access_token)).status).toBe(401)
    },
  )

  it('F10: keeps the answers of 250 concurrent exchanges', async () => {
    const { at, stalling } = await begin()
    const other = await another(at)
    const codes: Code[] = []
    while (codes.length < 250) codes.push(await getCode(at, at.spa))
    stalling.stall()
    const failed = await Promise.all(codes.map((code) => exchange(at, at.spa, code)))
    expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([503]))
    await stalling.resume()
    for (const { code } of codes) {
      await until(() => at.store.find(answerHash(code, 'late answer')))
    }
    for (const code of codes) {
      const tokens = tokensOf(await exchange(other, at.spa, code))
      expect((await me(other, tokens.access_token)).status).toBe(200)
    }
  })

  it('F10: with refreshGrace: 0 the same process keeps an answer that was not sent', async () => {
    const { at, stalling } = await begin({ refreshGrace: 0 })
    const { refresh_token } = await signIn(at, at.spa)
    stalling.stall()
    expect((await refresh(at, at.spa, refresh_token)).status).toBe(503)
    await stalling.resume()
    tokensOf(await refresh(at, at.spa, refresh_token))
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })

  it('F2: checks expiry by the clock after the store has found the credential', async () => {
    let later = 0
    const at: Provider = await provider(express, {
      through: (store) =>
        around(store, async ({ name, proceed }) => {
          const answer = await proceed()
          if (name === 'find') at.clock.step(later)
          return answer
        }),
    })
    const code = await getCode(at, at.spa)
    const { refresh_token } = await signIn(at, at.spa)
    later = 30_000
    expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    later = 1_209_600_000
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
  })
})

describe.each(expresses)('a store whose reply is lost, on $version', ({ express }) => {
  /** Two processes. The first one loses the reply to a completed redemption. */
  async function begin() {
    const broken = { redemptions: 0, extensions: 0 }
    const first = await provider(express, {
      through: (store) =>
        around(store, async ({ name, proceed }) => {
          if (name === 'extend' && broken.extensions-- > 0) {
            // The caller gets an error, whether the call takes effect or not.
            if (broken.extensions === 0) await proceed()
            throw new Error('The connection was reset')
          }
          const answer = await proceed()
          if (name !== 'redeem' || broken.redemptions === 0) return answer
          broken.redemptions--
          throw new Error('The connection was reset')
        }),
    })
    const other = await provider(express, { through: () => first.store, now: first.clock.now })
    return { first, other, broken }
  }

  it.each([
    ['refresh', 0],
    ['code', 0],
    ['refresh', 1],
    ['code', 3],
  ] as const)(
    'F10: another process has the answer after a lost reply (%s, kept after %d failures)',
    async (kind, extensions) => {
      const { first, other, broken } = await begin()
      const { refresh_token } = await signIn(first, first.spa)
      const code = await getCode(first, first.spa)
      const ask = (at: Provider) =>
        kind === 'code' ? exchange(at, first.spa, code) : refresh(at, first.spa, refresh_token)
      Object.assign(broken, { redemptions: 1, extensions })
      expect((await ask(first)).status).toBe(503)
      const late = answerHash(kind === 'code' ? code.code : refresh_token, 'late answer')
      await until(() => first.store.find(late))
      const tokens = tokensOf(await ask(other))
      expect((await me(other, tokens.access_token)).status).toBe(200)
      expect(tokensOf(await ask(first))).toEqual(tokens)
    },
  )

  it('F10: an expired code that was presented in time is accepted after a failure', async () => {
    const { at, finds } = await failingFinds(express)
    const codes = [await getCode(at, at.spa), await getCode(at, at.spa), await getCode(at, at.spa)]
    const [tried, untried, byOthers] = codes as [Code, Code, Code]
    finds.fail = true
    expect((await exchange(at, at.spa, tried)).status).toBe(503)
    expect((await exchange(at, at.web, byOthers)).status).toBe(503)
    finds.fail = false
    at.clock.step(60_000)
    tokensOf(await exchange(at, at.spa, tried))
    for (const code of [untried, byOthers]) {
      expect(refusal(await exchange(at, at.spa, code))).toEqual(invalidGrant)
    }
  })

  it('F2: a refresh that is limited does not extend the token', async () => {
    const at = await provider(express, { rotationsPerHour: 1, refreshTokenLifetime: 600 })
    const { refresh_token } = await signIn(at, at.spa)
    const last = tokensOf(await refresh(at, at.spa, refresh_token)).refresh_token
    at.clock.step(599_000)
    expect((await refresh(at, at.spa, last)).status).toBe(429)
    at.clock.step(1000)
    expect(refusal(await refresh(at, at.spa, last))).toEqual(invalidGrant)
  })
})

describe.each(expresses)('replays after other failures, on $version', ({ express }) => {
  beforeEach(() => {
    // The password grant emits a warning, which options.test.ts tests.
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  })
  afterEach(() => jest.restoreAllMocks())

  it('F23: are detected if the application throws for a wrong password', async () => {
    const at = await provider(express, {
      grants: ['authorization_code', 'refresh_token', 'password'],
      users: { authenticate: () => Promise.reject(new Error('wrong password')) },
    })
    const client = await register(at.store, { type: 'public', grantTypes: ['password'] })
    const { refresh_token } = await signIn(at, at.spa)
    const other = await provider(express, { through: () => at.store, now: at.clock.now })
    const tokens = tokensOf(await refresh(other, at.spa, refresh_token))
    at.clock.step(10_001)
    const wrong = { grant_type: 'password', username: 'ada', password: 'guess' }
    expect((await askForToken(at, client, wrong)).status).toBe(503)
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
    expect((await me(other, tokens.access_token)).status).toBe(401)
  })

  it('F23: are detected if a function of the application is slow', async () => {
    let isSlow = false
    const at: Provider = await provider(express, {
      storeTimeout: 5000,
      users: {
        async find(id) {
          // As long as a slow store takes, by the clock that the server reads.
          if (isSlow) jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 3000)
          return { id }
        },
      },
    })
    const { refresh_token } = await signIn(at, at.spa)
    const other = await provider(express, { through: () => at.store, now: at.clock.now })
    const tokens = tokensOf(await refresh(other, at.spa, refresh_token))
    at.clock.step(10_001)
    isSlow = true
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
    expect((await me(other, tokens.access_token)).status).toBe(401)
  })

  it('F23: are detected after a store failure if the answer was redeemed', async () => {
    const { at, finds } = await failingFinds(express)
    const { refresh_token } = await signIn(at, at.spa)
    const other = await provider(express, { through: () => at.store, now: at.clock.now })
    const second = tokensOf(await refresh(other, at.spa, refresh_token))
    const third = tokensOf(await refresh(other, at.spa, second.refresh_token))
    finds.fail = true
    expect((await refresh(at, at.spa, refresh_token)).status).toBe(503)
    finds.fail = false
    expect(refusal(await refresh(at, at.spa, refresh_token))).toEqual(invalidGrant)
    expect((await me(other, third.access_token)).status).toBe(401)
  })
})
