import { memoryStore } from '@oauth2-kit/memory'
import { aCredential, all, countOf, issued, redeemed, t0 } from './support/given'

const hour = 3_600_000

/** A store, and the hands of its clock. */
function clocked(retentionSeconds?: number) {
  const clock = { at: t0 }
  return { clock, store: memoryStore({ now: () => clock.at, retentionSeconds }) }
}

describe('bounded memory', () => {
  it('what has expired leaves by itself, an hour after it and with the next sweep', async () => {
    const { clock, store } = clocked()
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    await store.remember('key', t0 + 60_000)
    clock.at = t0 + 60_000 + hour
    await store.remember('any change', clock.at + 99)
    expect(await store.find(credential.hash)).not.toBeNull()
    clock.at += 60_001
    await store.remember('another change', clock.at + 99)
    expect(await store.find(credential.hash)).toBeNull()
    expect(await store.listGrants({ clientId: grant.clientId }, all)).toEqual([])
    expect(await store.remember('key', 0)).toBe(true)
  })

  it('retentionSeconds says how long after its expiry something is kept', async () => {
    const { clock, store } = clocked(5)
    const { credential } = await issued(store, {}, { expiresAt: t0 + 200_000 })
    clock.at = t0 + 205_000
    await store.remember('a', clock.at)
    expect(await store.find(credential.hash)).not.toBeNull()
    clock.at += 60_001
    await store.remember('b', clock.at)
    expect(await store.find(credential.hash)).toBeNull()
  })

  it('what was revoked leaves at once', async () => {
    const { store } = clocked()
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    await issued(store, { userId: grant.userId })
    expect(await store.revoke({ userId: grant.userId! })).toBe(2)
    expect(await countOf(store)).toBe(0)
  })

  it('what never expires stays', async () => {
    const { clock, store } = clocked()
    const { credential } = await issued(store, {}, { expiresAt: null })
    clock.at += 1000 * 24 * hour
    await store.remember('any change', 0)
    expect(await store.find(credential.hash)).toEqual(credential)
  })

  it('more than a sweep takes at once leaves in slices, with requests in between', async () => {
    const { clock, store } = clocked(0)
    const hashes = []
    for (let n = 0; n < 25_000; n++) hashes.push((await issued(store)).credential.hash)
    clock.at += 120_001
    await store.remember('any change', clock.at + hour)
    const found = await Promise.all(hashes.map((hash) => store.find(hash)))
    // One slice has gone at once.
    expect(found.filter((one) => one === null)).toHaveLength(10_000)
    await untilGone(store, hashes.at(-1)!, hashes[0]!)
    expect(await countOf(store)).toBe(1)
  })

  it('users, clients and families that come and go leave nothing behind', async () => {
    const { clock, store } = clocked(0)
    for (let round = 0; round < 50; round++) {
      const { credential } = await issued(store)
      await redeemed(store, credential, aCredential())
      clock.at += 61_000
      await store.remember(`${round}`, clock.at)
    }
    // The last two rounds have not been swept.
    expect(await countOf(store)).toBeLessThanOrEqual(6)
  })
})

/** Waits until both are gone: the slices come one after the other. */
async function untilGone(store: ReturnType<typeof memoryStore>, ...hashes: string[]) {
  for (;;) {
    const found = await Promise.all(hashes.map((hash) => store.find(hash)))
    if (found.every((one) => one === null)) return
    await new Promise(setImmediate)
  }
}
