import type { Credential } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { aCredential, aGrant, aHash, issued, redeemed, refOf, t0 } from '@oauth2-kit/testing'

describe('redeem()', () => {
  it.each(['code', 'refresh'] as const)('turns a %s into its successors', async (kind) => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { kind })
    const [refresh, access] = [aCredential(), aCredential({ kind: 'access' })]
    expect(await store.redeem(credential, [refresh, access])).toEqual({ status: 'redeemed' })
    for (const successor of [refresh, access]) {
      expect(await store.find(successor.hash)).toEqual({ ...successor, grant: credential.grant })
    }
  })

  it('keeps a redeemed credential, so that a replay is detected', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    await redeemed(store, credential, aCredential())
    expect(await store.find(credential.hash)).toEqual(credential)
  })

  it('returns redeemed again for the same attempt, whose reply was lost', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const successors = [aCredential(), aCredential({ kind: 'access' })]
    await redeemed(store, credential, ...successors)
    expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
  })

  it('returns redeemed again for the same attempt after its successor was redeemed', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const successor = aCredential()
    await redeemed(store, credential, successor)
    await redeemed(store, { ...successor, grant: credential.grant }, aCredential())
    expect(await store.redeem(credential, [successor])).toEqual({ status: 'redeemed' })
  })

  it('returns replayed for another attempt', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const winner = aCredential({ createdAt: t0 + 5 })
    await redeemed(store, credential, winner, aCredential({ kind: 'access' }))
    const loser = aCredential()
    expect(await store.redeem(credential, [loser])).toEqual({ status: 'replayed' })
    expect(await store.find(loser.hash)).toBeNull()
  })

  it('is reported by isRedeemed(), also after the successor was redeemed', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const winner = aCredential()
    const next = { ...winner, grant: credential.grant }
    expect(await store.isRedeemed(credential)).toBe(false)
    await redeemed(store, credential, winner)
    expect([await store.isRedeemed(credential), await store.isRedeemed(next)]).toEqual([
      true,
      false,
    ])
    await redeemed(store, next, aCredential())
    expect([await store.isRedeemed(credential), await store.isRedeemed(next)]).toEqual([true, true])
  })

  it('returns replayed for a code that was redeemed without successors', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { kind: 'code' })
    const mark = aCredential({ kind: 'used', data: '{}' })
    await redeemed(store, credential, mark)
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.redeem(credential, [mark])).toEqual({ status: 'redeemed' })
  })

  it('has exactly one winner among 200 concurrent attempts', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const attempts = Array.from({ length: 200 }, () => aCredential())
    const outcomes = await Promise.all(attempts.map((one) => store.redeem(credential, [one])))
    const winners = attempts.filter((_, n) => outcomes[n]?.status === 'redeemed')
    expect(winners).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 'replayed')).toHaveLength(199)
    const found = await Promise.all(attempts.map(({ hash }) => store.find(hash)))
    expect(found.filter((one) => one !== null)).toHaveLength(1)
  })

  it('returns revoked if the grant was revoked', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    await store.revoke({ grantId: grant.id })
    const successor = aCredential()
    expect(await store.redeem(credential, [successor])).toEqual({ status: 'revoked' })
    expect(await store.find(successor.hash)).toBeNull()
  })

  it('returns revoked for a credential of a grant that never existed', async () => {
    const store = memoryStore()
    const stray = { ...aCredential(), grant: refOf(aGrant()) }
    expect(await store.redeem(stray, [aCredential()])).toEqual({ status: 'revoked' })
  })

  it('returns unknown for a credential that the grant does not have', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const { credential: other } = await issued(store)
    const [unknown, foreign]: Credential[] = [
      { ...credential, hash: aHash() },
      { ...other, grant: credential.grant },
    ]
    const successor = aCredential()
    expect(await store.redeem(unknown!, [successor])).toEqual({ status: 'unknown' })
    expect(await store.redeem(foreign!, [successor])).toEqual({ status: 'unknown' })
    expect(await store.find(successor.hash)).toBeNull()
    await redeemed(store, other, aCredential())
  })

  it('writes and redeems nothing if the hash of a successor exists', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const { credential: other } = await issued(store)
    const fresh = aCredential()
    const clash = aCredential({ hash: other.hash })
    await expect(store.redeem(credential, [fresh, clash])).rejects.toThrow('hash exists')
    expect(await store.find(fresh.hash)).toBeNull()
    expect(await store.find(other.hash)).toEqual(other)
    await redeemed(store, credential, fresh)
  })

  it('rejects a call without successors', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    await expect(store.redeem(credential, [])).rejects.toThrow(TypeError)
    await redeemed(store, credential, aCredential())
  })

  it('does not check expiry: an expired credential is redeemed', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { expiresAt: 1 })
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'redeemed' })
  })
})

describe('extend()', () => {
  it('adds credentials to a grant', async () => {
    const store = memoryStore()
    const { grant } = await issued(store)
    const added = [aCredential({ kind: 'access' }), aCredential()]
    expect(await store.extend(refOf(grant), added)).toBe('extended')
    for (const one of added) {
      expect(await store.find(one.hash)).toEqual({ ...one, grant: refOf(grant) })
    }
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
    for (const one of added) expect(await store.find(one.hash)).toBeNull()
  })

  it('does not redeem: an existing credential can still be redeemed', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    await store.extend(refOf(grant), [aCredential()])
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'redeemed' })
  })

  it('returns revoked if the grant was revoked, and adds nothing', async () => {
    const store = memoryStore()
    const { grant } = await issued(store)
    await store.revoke({ grantId: grant.id })
    const added = aCredential()
    expect(await store.extend(refOf(grant), [added])).toBe('revoked')
    expect(await store.find(added.hash)).toBeNull()
  })

  it('adds nothing if one hash exists', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    const fresh = aCredential()
    const clash = aCredential({ hash: credential.hash })
    await expect(store.extend(refOf(grant), [fresh, clash])).rejects.toThrow('hash exists')
    expect(await store.find(fresh.hash)).toBeNull()
  })
})
