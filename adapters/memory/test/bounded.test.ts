import type { Credential } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { cpuMs } from './support/cpu'
import {
  aCredential,
  aRecord,
  aUser,
  countOf,
  grantsOf,
  issue,
  aGrant,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'

const hour = 3_600_000

/** Returns a store and the clock that it reads. */
function clocked(retentionSeconds?: number) {
  const clock = { at: t0 }
  const store = memoryStore({ now: () => clock.at, retentionSeconds })
  /** Makes a change, which starts a sweep if one is due. */
  const change = () => store.addRecord(aRecord({ expiresAt: clock.at + hour }))
  return { clock, store, change }
}

describe('bounded memory', () => {
  afterEach(() => jest.restoreAllMocks())

  it('the first sweep an hour after their expiry removes entries', async () => {
    const { clock, store, change } = clocked()
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    clock.at = t0 + 60_000 + hour
    await change()
    expect(await store.find(credential.hash)).not.toBeNull()
    clock.at += 30_000
    await change()
    await untilNull(() => store.find(credential.hash))
    expect(await grantsOf(store, { clientId: grant.clientId })).toEqual([])
  })

  it('keeps entries for retentionSeconds after their expiry', async () => {
    const { clock, store, change } = clocked(5)
    const { credential } = await issued(store, {}, { expiresAt: t0 + 200_000 })
    clock.at = t0 + 205_000
    await change()
    expect(await store.find(credential.hash)).not.toBeNull()
    clock.at += 30_000
    await change()
    await untilNull(() => store.find(credential.hash))
  })

  it('F5: removes answers, records and marks of deleted users within a minute', async () => {
    const { clock, store, change } = clocked()
    const [user, record] = [aUser(), aRecord({ expiresAt: t0 + 10_000 })]
    await store.addRecord(record)
    await store.createUser(user)
    await store.deleteUser(user.id, t0 + 10_000)
    const { credential } = await issued(store)
    const answer = aCredential({ kind: 'answer', expiresAt: t0 + 10_000 })
    await redeemed(store, credential, aCredential(), answer)
    clock.at = t0 + 10_000
    await change()
    expect(await store.find(answer.hash)).not.toBeNull()
    expect(await store.getRecord(record.key)).not.toBeNull()
    for (; clock.at < t0 + 60_000; clock.at += 10_000) await change()
    await untilNull(() => store.find(answer.hash))
    await untilNull(() => store.getRecord(record.key))
    await untilNull(async () => ((await store.createUser(user)) ? null : user))
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
  })

  it('removes revoked grants at once', async () => {
    const { store } = clocked()
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    await issued(store, { userId: grant.userId })
    expect(await store.revoke({ userId: grant.userId! })).toBe(2)
    expect(await countOf(store)).toBe(0)
  })

  it('keeps credentials that never expire', async () => {
    const { clock, store, change } = clocked()
    const { credential } = await issued(store, {}, { expiresAt: null })
    clock.at += 1000 * 24 * hour
    await change()
    expect(await store.find(credential.hash)).toEqual(credential)
  })

  it('F35: removes 40,000 entries in slices of a few milliseconds, between requests', async () => {
    const { clock, store, change } = clocked(0)
    // A rotated grant took longest: each token was the redemption mark of the one before.
    const { credential } = await issued(store)
    let current: Credential = credential
    for (let n = 0; n < 40_000; n++) {
      const next = aCredential()
      await redeemed(store, current, next)
      current = { ...next, grant: credential.grant }
    }
    const live = await issued(store, {}, { expiresAt: null })
    let reads = 0
    jest.spyOn(performance, 'now').mockImplementation(() => ++reads / 100)
    clock.at += 120_000
    await change()
    let turns = 0
    for (; await store.find(credential.hash); turns++) {
      await new Promise(setImmediate)
      expect(await store.find(live.credential.hash)).not.toBeNull()
    }
    // At 10 microseconds for each entry, a slice of 2 ms has 200 entries.
    expect(turns).toBeGreaterThan(100)
  })

  it('removal time does not depend on the number of entries that stay', async () => {
    await removalMs(10)
    const few = await removalMs(10)
    // Walking the buckets for each entry would take a hundred times as long.
    expect(await removalMs(20_000)).toBeLessThan(Math.max(few, 5) * 20)
  })

  it('serves other requests while it revokes the many grants of a client', async () => {
    const { store } = clocked()
    for (let n = 0; n < 20_000; n++) await issued(store, { clientId: 'many' })
    const other = await issued(store)
    const revocation = { underWay: true }
    const revoking = store.revoke({ clientId: 'many' }).finally(() => (revocation.underWay = false))
    let requests = 0
    for (; revocation.underWay; await new Promise(setImmediate)) {
      expect(await store.find(other.credential.hash)).not.toBeNull()
      requests++
    }
    expect(requests).toBeGreaterThan(1)
    expect(await revoking).toBe(20_000)
  })

  it('keeps nothing of expired grants when each has a new user and client', async () => {
    const { clock, store } = clocked(0)
    for (let round = 0; round < 50; round++) {
      const { credential } = await issued(store)
      const next = aCredential()
      await redeemed(store, credential, next)
      clock.at += 61_000
      const record = aRecord({ expiresAt: clock.at - 60_000 })
      await store.addRecord(record)
      if (round === 49) break
      // What expires in this round is removed in the next one.
      clock.at += 61_000
      await store.addRecord(aRecord({ expiresAt: clock.at - 60_000 }))
      await untilNull(() => store.find(next.hash))
      await untilNull(() => store.getRecord(record.key))
    }
    expect(await countOf(store)).toBeLessThanOrEqual(6)
  })

  it('detects each reuse and finds each access token after 20,000 rotations', async () => {
    const { clock, store, change } = clocked()
    const twoWeeks = 14 * 24 * hour
    const grant = aGrant({ createdAt: t0 })
    const first = aCredential({ expiresAt: t0 + twoWeeks })
    await issue(store, grant, [first])
    const tokens: Credential[] = [{ ...first, grant: refOf(grant) }]
    const accessTokens = []
    for (let n = 0; n < 20_000; n++) {
      const next = aCredential({ createdAt: clock.at, expiresAt: clock.at + twoWeeks })
      const access = aCredential({ kind: 'access', expiresAt: clock.at + hour })
      const answer = aCredential({ kind: 'answer', expiresAt: clock.at + 10_000 })
      await redeemed(store, tokens.at(-1)!, next, access, answer)
      tokens.push({ ...next, grant: refOf(grant) })
      accessTokens.push(access)
      clock.at += 60_000
      if (n % 100 === 0) await new Promise(setImmediate)
    }
    await change()
    for (const { hash } of accessTokens.filter(({ expiresAt }) => expiresAt! > clock.at)) {
      expect(await store.find(hash)).not.toBeNull()
    }
    const replayed = await Promise.all(
      tokens.slice(0, -1).map((token) => store.redeem(token, [aCredential()])),
    )
    expect(replayed.every(({ status }) => status === 'replayed')).toBe(true)
    // All that is left: the refresh tokens, the access tokens of two hours, and some to be swept.
    expect(await countOf(store)).toBeLessThan(20_001 + 1000)
  })
})

/** Returns the CPU time that it takes to remove 2,000 grants, half of them revoked. */
async function removalMs(staying: number): Promise<number> {
  const { clock, store, change } = clocked(0)
  for (let n = 0; n < staying; n++) {
    await issued(store, {}, { expiresAt: t0 + 2 * hour + n * 10_000 })
  }
  const ids = []
  for (let n = 0; n < 2000; n++) ids.push((await issued(store)).grant.id)
  const start = cpuMs()
  for (const grantId of ids.slice(0, 1000)) await store.revoke({ grantId })
  clock.at += 120_000
  await change()
  while ((await grantsOf(store, { grantId: ids.at(-1)! })).length > 0) {
    await new Promise(setImmediate)
  }
  return cpuMs() - start
}

/** Waits until `find` resolves with null: expired entries are removed in slices. */
async function untilNull(find: () => Promise<unknown>): Promise<void> {
  while ((await find()) !== null) await new Promise(setImmediate)
}
