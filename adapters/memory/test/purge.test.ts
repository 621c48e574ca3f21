import type { Credential } from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import {
  aCredential,
  aGrant,
  aRecord,
  before,
  countOf,
  grantsOf,
  issue,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'

describe('purge()', () => {
  it('removes what expired before the cutoff, and keeps what expires at it or later', async () => {
    const store = memoryStore()
    const [past, at, future, never] = await Promise.all(
      [t0 - 1, t0, t0 + 1, null].map((expiresAt) => issued(store, {}, { expiresAt })),
    )
    expect(await store.purge(before(t0), 99)).toEqual({ deleted: 1, more: false })
    expect(await store.find(past!.credential.hash)).toBeNull()
    for (const kept of [at, future, never]) {
      expect(await store.find(kept!.credential.hash)).not.toBeNull()
    }
  })

  it('removes at most the limit, and reports whether more is left', async () => {
    const store = memoryStore()
    for (let n = 0; n < 5; n++) await issued(store)
    expect(await store.purge(before(t0 + 60_001), 2)).toEqual({ deleted: 2, more: true })
    expect(await store.purge(before(t0 + 60_001), 2)).toEqual({ deleted: 2, more: true })
    expect(await store.purge(before(t0 + 60_001), 2)).toEqual({ deleted: 1, more: false })
    expect(await store.purge(before(t0 + 60_001), 2)).toEqual({ deleted: 0, more: false })
  })

  it('counts both credentials and records', async () => {
    const store = memoryStore()
    await issued(store)
    await store.addRecord(aRecord({ key: 'a', expiresAt: t0 + 60_000 }))
    await store.addRecord(aRecord({ key: 'b', expiresAt: t0 + 60_001 }))
    expect(await store.purge(before(t0 + 60_001), 1)).toEqual({ deleted: 1, more: true })
    expect(await store.purge(before(t0 + 60_001), 9)).toEqual({ deleted: 1, more: false })
    expect(await store.addRecord(aRecord({ key: 'b' }))).toBe(false)
    expect(await store.addRecord(aRecord({ key: 'a' }))).toBe(true)
  })

  it('keeps a grant listed, extendable and revocable while it has a credential', async () => {
    const store = memoryStore()
    const grant = aGrant()
    const [short, long] = [aCredential(), aCredential({ expiresAt: t0 + 90_000 })]
    await issue(store, grant, [short, long])
    await store.purge(before(t0 + 60_001), 9)
    expect(await store.find(short.hash)).toBeNull()
    expect(await grantsOf(store, { userId: grant.userId! })).toEqual([grant])
    expect(await store.extend(refOf(grant), [aCredential()])).toBe('extended')
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
  })

  it('removes a grant with its last credential', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    await store.purge(before(t0 + 60_001), 9)
    for (const selector of [
      { grantId: grant.id },
      { clientId: grant.clientId },
      { userId: grant.userId! },
    ]) {
      expect(await grantsOf(store, selector)).toEqual([])
      expect(await store.revoke(selector)).toBe(0)
    }
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'revoked' })
    expect(await store.extend(credential.grant, [aCredential()])).toBe('revoked')
    await issue(store, grant, [credential])
  })

  it('keeps a redemption mark until the credential that it marks expires', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { expiresAt: t0 + 90_000 })
    const short = aCredential({ expiresAt: t0 + 10_000 })
    await redeemed(store, credential, short)
    expect(await store.purge(before(t0 + 60_000), 9)).toEqual({ deleted: 1, more: false })
    expect(await store.find(short.hash)).toBeNull()
    expect(await store.isRedeemed(credential)).toBe(true)
    expect(await replay(store, credential)).toEqual({ status: 'replayed' })
    expect(await store.redeem(credential, [short])).toEqual({ status: 'redeemed' })
    expect(await countOf(store)).toBe(1)
  })

  it('keeps a redemption mark forever if the credential that it marks never expires', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { expiresAt: null })
    await redeemed(store, credential, aCredential({ kind: 'used' }))
    expect(await countOf(store)).toBe(1)
    expect(await replay(store, credential)).toEqual({ status: 'replayed' })
  })

  it('removes the mark with the credential that it marks, and keeps the successor', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { expiresAt: t0 + 10 })
    const next = aCredential({ expiresAt: t0 + 20 })
    await redeemed(store, credential, next)
    expect(await store.purge(before(t0 + 11), 9)).toEqual({ deleted: 1, more: false })
    expect(await store.find(credential.hash)).toBeNull()
    expect(await store.find(next.hash)).not.toBeNull()
    expect(await store.purge(before(t0 + 21), 9)).toEqual({ deleted: 1, more: false })
  })

  it('removes an expired access token, and keeps the refresh token issued with it', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { kind: 'code', expiresAt: t0 + 10 })
    const refresh = aCredential({ expiresAt: t0 + 90_000 })
    const access = aCredential({ kind: 'access', expiresAt: t0 + 20 })
    await redeemed(store, credential, refresh, access)
    expect(await store.purge(before(t0 + 60_000), 9)).toEqual({ deleted: 2, more: false })
    expect(await store.find(access.hash)).toBeNull()
    expect(await store.find(refresh.hash)).not.toBeNull()
  })

  it('leaves nothing of a grant that was rotated 1,000 times and has expired', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    let current: Credential = credential
    for (let n = 1; n <= 1000; n++) {
      const expiresAt = t0 + 60_000 + n * 1000
      const next = aCredential({ createdAt: t0 + n * 1000, expiresAt })
      await redeemed(store, current, next, aCredential({ kind: 'access', expiresAt }))
      current = { ...next, grant: credential.grant }
    }
    const end = t0 + 60_000 + 1000 * 1000 + 1
    let deleted = 0
    for (let more = true; more;) {
      const purged = await store.purge(before(end), 300)
      deleted += purged.deleted
      more = purged.more
    }
    expect(deleted).toBe(2001)
    expect(await countOf(store)).toBe(0)
    expect(await store.find(current.hash)).toBeNull()
    expect(await grantsOf(store, { clientId: grant.clientId })).toEqual([])
  })

  it('keeps only the unexpired tokens of a live grant that rotates', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    let current: Credential = credential
    for (let n = 1; n <= 200; n++) {
      const now = t0 + n * 1000
      const next = aCredential({ createdAt: now, expiresAt: now + 60_000 })
      await redeemed(store, current, next)
      current = { ...next, grant: credential.grant }
      await store.purge(before(now), 1000)
    }
    // One token a second for a minute, and the current token.
    expect(await countOf(store)).toBe(61)
  })
})

function replay(store: MemoryStore, old: Credential) {
  return store.redeem(old, [aCredential()])
}
