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

  it('leaves what was redeemed to be found, so that a replay is seen', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    await redeemed(store, credential, aCredential())
    expect(await store.find(credential.hash)).toEqual(credential)
  })

  it('is redeemed again for the same attempt, whose reply was lost', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const successors = [aCredential(), aCredential({ kind: 'access' })]
    await redeemed(store, credential, ...successors)
    expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
  })

  it('is redeemed again for the same attempt, after its successor was redeemed in turn', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const successor = aCredential()
    await redeemed(store, credential, successor)
    await redeemed(store, { ...successor, grant: credential.grant }, aCredential())
    expect(await store.redeem(credential, [successor])).toEqual({ status: 'redeemed' })
  })

  it('is replayed for another attempt', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const winner = aCredential({ createdAt: t0 + 5 })
    await redeemed(store, credential, winner, aCredential({ kind: 'access' }))
    const loser = aCredential()
    expect(await store.redeem(credential, [loser])).toEqual({ status: 'replayed' })
    expect(await store.find(loser.hash)).toBeNull()
  })

  it('is reported by isRedeemed(), also once the successor was redeemed in turn', async () => {
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

  it('is replayed where it was consumed without successors', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { kind: 'code' })
    const mark = aCredential({ kind: 'used', data: '{}' })
    await redeemed(store, credential, mark)
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    expect(await store.redeem(credential, [mark])).toEqual({ status: 'redeemed' })
  })

  it('has exactly one winner among 200 attempts at once', async () => {
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

  it('is revoked once the grant is', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    await store.revoke({ grantId: grant.id })
    const successor = aCredential()
    expect(await store.redeem(credential, [successor])).toEqual({ status: 'revoked' })
    expect(await store.find(successor.hash)).toBeNull()
  })

  it('is revoked for a credential of a grant that never was', async () => {
    const store = memoryStore()
    const stray = { ...aCredential(), grant: refOf(aGrant()) }
    expect(await store.redeem(stray, [aCredential()])).toEqual({ status: 'revoked' })
  })

  it('is unknown for a credential that the grant does not have', async () => {
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

  it('writes nothing, and uses up nothing, where a successor has a hash that exists', async () => {
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

  it('refuses to redeem for nothing', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    await expect(store.redeem(credential, [])).rejects.toThrow(TypeError)
    await redeemed(store, credential, aCredential())
  })

  it('judges no expiry: an expired credential is redeemed', async () => {
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

  it('is no redemption: what is there already can still be redeemed', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    await store.extend(refOf(grant), [aCredential()])
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'redeemed' })
  })

  it('is revoked once the grant is, and adds nothing', async () => {
    const store = memoryStore()
    const { grant } = await issued(store)
    await store.revoke({ grantId: grant.id })
    const added = aCredential()
    expect(await store.extend(refOf(grant), [added])).toBe('revoked')
    expect(await store.find(added.hash)).toBeNull()
  })

  it('adds nothing where one hash exists', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    const fresh = aCredential()
    const clash = aCredential({ hash: credential.hash })
    await expect(store.extend(refOf(grant), [fresh, clash])).rejects.toThrow('hash exists')
    expect(await store.find(fresh.hash)).toBeNull()
  })
})
