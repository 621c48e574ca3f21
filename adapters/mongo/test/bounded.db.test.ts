import type { Credential, NewCredential, Store } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { BSON, type Db } from 'mongodb'
import { aCredential, aHash, before, issued, redeemed, refOf, t0 } from '@oauth2-kit/testing'
import { mostRedeemed } from '../src/past'
import type { GrantDocument } from '../src/schema'
import { opened, startTimeout } from './support/opened'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const replayed = { status: 'replayed' }

describeDatabase('mongodb', (database) => {
  beforeAll(() => database.url(), startTimeout)

  it('detects each replay after 1,000 rotations, and keeps the document small', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store, {}, { expiresAt: t0 + 14 * day })
    // One rotation a minute, as the core allows.
    const { chain, tokens } = await rotated(store, credential, 1000, minute)
    const document = await documentOf(db, grant.id)
    expect(document.redeemed).toBeLessThanOrEqual(mostRedeemed)
    expect(BSON.calculateObjectSize(document)).toBeLessThan(64 * 1024)
    const all = await db.collection('oauth_grants').find().toArray()
    const bytes = all.reduce((sum, one) => sum + BSON.calculateObjectSize(one), 0)
    expect(bytes / 1000).toBeLessThan(300)
    for (const old of [chain[0]!, chain[1]!, chain[500]!, chain.at(-2)!]) {
      expect(await store.redeem(old, [aCredential()])).toEqual(replayed)
      expect(await store.isRedeemed(old)).toBe(true)
      expect(await store.find(old.hash)).toMatchObject({ kind: 'refresh', grant: old.grant })
    }
    // The same attempt again, much later.
    expect(await store.redeem(chain[0]!, [chain[1]!])).toEqual({ status: 'redeemed' })
    const valid = tokens.filter(({ expiresAt }) => expiresAt! > t0 + 1000 * minute)
    expect(valid.length).toBeGreaterThan(50)
    const found = await Promise.all(valid.map(({ hash }) => store.find(hash)))
    expect(found.filter((one) => one === null)).toEqual([])
    await redeemed(store, chain.at(-1)!, aCredential())
  })

  it('concurrent rotations, moves and revocations lose no mark and leave nothing', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store)
    // Several chains in one grant, so that many calls find it full at the same moment.
    const starts = Array.from({ length: 8 }, () => aCredential())
    await store.extend(refOf(grant), starts)
    const chains = await Promise.all(
      starts.map(async (start) => {
        const { chain } = await rotated(store, { ...start, grant: credential.grant }, 60, 0)
        return chain
      }),
    )
    for (const chain of chains) {
      const outcomes = await Promise.all(
        chain.slice(0, -1).map((one) => store.redeem(one, [aCredential()])),
      )
      expect(outcomes.filter(({ status }) => status !== 'replayed')).toEqual([])
    }
    expect(await db.collection('oauth_grants').countDocuments()).toBeGreaterThan(2)
    const ends = chains.map((chain) => chain.at(-1)!)
    const rotating = ends.map(async (end) => {
      for (let current = end; ;) {
        const next = aCredential()
        const { status } = await store.redeem(current, [next])
        if (status === 'revoked') return
        current = { ...next, grant: end.grant }
      }
    })
    await store.find(credential.hash)
    expect(await store.revoke({ userId: grant.userId! })).toBe(1)
    expect(await store.find(chains[0]![0]!.hash)).toBeNull()
    await Promise.all(rotating)
    expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
  })

  it('completes a move that was interrupted after its copy', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store)
    const { chain } = await rotated(store, credential, mostRedeemed, 0)
    const { credentials } = await documentOf(db, grant.id)
    const rows = credentials.filter(({ by }) => by !== undefined).slice(0, 20)
    await db.collection('oauth_grants').insertOne({
      _id: { past: grant.id, first: rows[0]!.hash } as never,
      grantId: grant.id,
      credentials: rows.map((row) => ({ ...row, hash: `~${row.hash}` })),
      expiresAt: new Date(t0 + minute),
      nextExpiry: t0 + minute,
    })
    const { chain: more } = await rotated(store, chain.at(-1)!, mostRedeemed, 0)
    for (const old of [...chain.slice(0, 30), ...more.slice(0, -1)]) {
      expect(await store.redeem(old, [aCredential()])).toEqual(replayed)
    }
  })

  it('beyond 16 MB, extend() and redeem() reject with the reason and lose nothing', async () => {
    await using place = await opened(database)
    const { store } = place
    const { grant, credential } = await issued(store)
    const large = 'x'.repeat(3_900_000)
    const token = () => aCredential({ kind: 'access', data: large })
    const tokens = Array.from({ length: 4 }, token)
    for (const one of tokens) await store.extend(refOf(grant), [one])
    const full = 'larger than the 16 MB that MongoDB allows'
    await expect(store.extend(refOf(grant), [token()])).rejects.toThrow(full)
    await expect(store.redeem(credential, [aCredential(), token()])).rejects.toThrow(full)
    for (const { hash } of tokens) expect(await store.find(hash)).not.toBeNull()
    expect(await store.isRedeemed(credential)).toBe(false)
    // It can still be redeemed with a smaller successor.
    await redeemed(store, credential, aCredential())
  })

  it('a busy grant loses what expired long ago, and nothing else', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store)
    let current: Credential = credential
    const made: NewCredential[] = []
    const sizes: number[] = []
    for (let n = 1; n <= 300; n++) {
      const at = t0 + n * 5 * minute
      const next = aCredential({ createdAt: at, expiresAt: at + hour })
      const access = aCredential({ kind: 'access', createdAt: at, expiresAt: at + 10 * minute })
      await redeemed(store, current, next, access)
      current = { ...next, grant: credential.grant }
      made.push(next, access)
      sizes.push((await documentOf(db, grant.id)).credentials.length)
    }
    // Twelve an hour: three hours of refresh tokens and more than two of access tokens at most.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
    const { credentials, nextExpiry } = await documentOf(db, grant.id)
    const now = t0 + 1500 * minute
    expect(nextExpiry).toBeGreaterThanOrEqual(now - 2 * hour)
    expect(nextExpiry).toBe(Math.min(...credentials.map(({ expiresAt }) => expiresAt!)))
    const kept = new Set(credentials.map(({ hash }) => hash))
    const lost = made.filter(({ hash, expiresAt }) => expiresAt! >= now - hour && !kept.has(hash))
    expect(lost).toEqual([])
  })

  it('a grant without rotation loses what expired long ago, within minutes if it is large', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant } = await issued(store)
    const sizes: number[] = []
    for (let n = 1; n <= 60; n++) {
      const at = t0 + n * 5 * minute
      const tokens = Array.from({ length: 50 }, () =>
        aCredential({ kind: 'access', createdAt: at, expiresAt: at + minute }),
      )
      expect(await store.extend(refOf(grant), tokens)).toBe('extended')
      sizes.push((await documentOf(db, grant.id)).credentials.length)
    }
    // 13 times 50 in an hour, and up to 24 times 50 while the document is not large.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1101)
    expect(await documentOf(db, grant.id)).toMatchObject({ redeemed: 0 })
  })

  it('expired tokens leave a grant that would be too large otherwise', async () => {
    await using place = await opened(database)
    const { store } = place
    const { grant, credential } = await issued(store)
    const large = 'x'.repeat(3_900_000)
    const tokenAt = (at: number) =>
      aCredential({ kind: 'access', data: large, createdAt: at, expiresAt: at + minute })
    let current: Credential = credential
    for (let n = 1; n <= 12; n += 2) {
      const at = t0 + n * 61 * minute
      const next = aCredential({ createdAt: at, expiresAt: at + day })
      const [first, second] = [tokenAt(at), tokenAt(at + 61 * minute)]
      await redeemed(store, current, next, first)
      expect(await store.extend(refOf(grant), [second])).toBe('extended')
      for (const { hash } of [first, second]) expect(await store.find(hash)).not.toBeNull()
      current = { ...next, grant: credential.grant }
    }
  })

  it('an answer can be added to grants in which everything has expired', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const at = t0 + 3 * hour
    for (let n = 0; n < 2; n++) {
      const { grant } = await issued(store, {}, { expiresAt: t0 + minute })
      const token = { kind: 'access', expiresAt: t0 + minute } as const
      const tokens = Array.from({ length: 40 }, () => aCredential(token))
      expect(await store.extend(refOf(grant), tokens)).toBe('extended')
      const answer = aCredential({ kind: 'answer', createdAt: at, expiresAt: at + minute })
      expect(await store.extend(refOf(grant), [answer])).toBe('extended')
      // Two grants with an empty list would be duplicates in the unique index.
      expect((await documentOf(db, grant.id)).credentials).toHaveLength(1)
    }
  })

  it('counts the redeemed credentials exactly, whatever their kind', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store)
    const counted = async () => {
      const { credentials, redeemed: count } = await documentOf(db, grant.id)
      expect(count).toBe(credentials.filter(({ by, kind }) => by ?? kind === 'used').length)
    }
    const mark = usedMark()
    await redeemed(store, credential, mark, usedMark(), aCredential())
    await counted()
    await redeemed(store, { ...mark, grant: credential.grant }, usedMark())
    await counted()
    await store.extend(refOf(grant), [usedMark(), aCredential(), aCredential({ kind: 'answer' })])
    await counted()
    await store.extend(refOf(grant), [aCredential({ kind: 'answer' })])
    await counted()
    // A repeated attempt changes nothing.
    await redeemed(store, credential, mark)
    await counted()
  })

  it('detects replays until the redeemed token expires, even after its successors', async () => {
    await using place = await opened(database, { retentionSeconds: 0 })
    const { store } = place
    const { credential } = await issued(store, {}, { expiresAt: t0 + day })
    let current: Credential = credential
    for (let n = 1; n <= 5; n++) {
      const at = t0 + n * hour
      const next = aCredential({ createdAt: at, expiresAt: at + 2 * hour })
      await redeemed(store, current, next)
      current = { ...next, grant: credential.grant }
    }
    await store.purge(before(t0 + 5 * hour), 100)
    expect(await store.redeem(credential, [aCredential()])).toEqual(replayed)
  })

  it('a credential keeps no data once its successor is redeemed', async () => {
    await using place = await opened(database)
    const { store } = place
    const { credential } = await issued(store)
    const { chain } = await rotated(store, credential, 2, 0)
    const found = await Promise.all(chain.map(({ hash }) => store.find(hash)))
    expect(found.map((one) => one?.data)).toEqual(['', chain[1]!.data, chain[2]!.data])
  })

  it('redeems an expired credential, and detects its replay', async () => {
    await using place = await opened(database, { retentionSeconds: 0 })
    const { store } = place
    const { credential } = await issued(store, {}, { createdAt: t0 - hour, expiresAt: t0 - minute })
    const mark = aCredential({ kind: 'used', expiresAt: t0 - minute })
    expect(await store.redeem(credential, [mark])).toEqual({ status: 'redeemed' })
    expect(await store.redeem(credential, [mark])).toEqual({ status: 'redeemed' })
    expect(await store.redeem(credential, [aCredential()])).toEqual(replayed)
  })

  it('purge() removes expired credentials, and the grant with the last of them', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store, {}, { kind: 'code', expiresAt: t0 + 10 })
    const refresh = aCredential({ expiresAt: t0 + 90_000 })
    await redeemed(store, credential, refresh, aCredential({ kind: 'access', expiresAt: t0 + 20 }))
    expect(await store.purge(before(t0 + 60_000), 9)).toEqual({ deleted: 2, more: false })
    expect(await documentOf(db, grant.id)).toMatchObject({
      credentials: [{ hash: refresh.hash }],
      nextExpiry: t0 + 90_000,
    })
    expect(await store.purge(before(t0 + 90_001), 9)).toEqual({ deleted: 1, more: false })
    expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
  })

  it('purge() keeps a grant until its moved credentials expire, then removes both', async () => {
    await using place = await opened(database)
    const { store, db } = place
    // The redeemed credential expires after all its successors.
    const { grant, credential } = await issued(store, {}, { expiresAt: t0 + day })
    await rotated(store, credential, mostRedeemed + 5, 0)
    const count = () => db.collection('oauth_grants').countDocuments()
    expect(await count()).toBe(2)
    await store.purge(before(t0 + hour), 10_000)
    expect((await documentOf(db, grant.id)).credentials).toHaveLength(1)
    expect(await store.redeem(credential, [aCredential()])).toEqual(replayed)
    const { more } = await store.purge(before(t0 + day + 1), 10_000)
    expect(more).toBe(false)
    expect(await count()).toBe(0)
  })

  it('revokeAccessToken() removes the grant with the last of its tokens', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const made = await Promise.all(
      Array.from({ length: 20 }, () => issued(store, {}, { kind: 'access' })),
    )
    // Concurrently: an empty list would be a duplicate of another one.
    await Promise.all(made.map(({ credential }) => store.revokeAccessToken(credential.hash)))
    expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
    const { grant, credential } = await issued(store, {}, { kind: 'access' })
    const more = aCredential({ kind: 'access' })
    await Promise.all([
      store.revokeAccessToken(credential.hash),
      store.extend(refOf(grant), [more]),
    ])
    expect(await store.find(credential.hash)).toBeNull()
  })

  it('revokes many grants in batches', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const at = { createdAt: t0, data: '{}', redeemed: 0, expiresAt: null, nextExpiry: null }
    const documents = Array.from({ length: 2500 }, (_, n) => ({
      _id: `grant-${n}` as never,
      clientId: `client-${n % 2}`,
      userId: 'ada',
      ...at,
      credentials: [aCredential({ hash: aHash(), expiresAt: null })],
    }))
    await db.collection('oauth_grants').insertMany(documents)
    expect(await store.revoke({ userId: 'ada', clientId: 'client-1' })).toBe(1250)
    await store.deleteClient('client-0')
    expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
  })
})

/** Rotates repeatedly. Returns the refresh tokens, the last of them live, and the access tokens. */
async function rotated(store: Store, from: Credential, times: number, everyMs: number) {
  const chain = [from]
  const tokens: NewCredential[] = []
  for (let n = 1; n <= times; n++) {
    const createdAt = t0 + n * everyMs
    const expiresAt = everyMs === 0 ? t0 + minute : createdAt + 14 * day
    const next = aCredential({ createdAt, expiresAt })
    const access = aCredential({ kind: 'access', createdAt, expiresAt: createdAt + hour })
    await redeemed(store, chain.at(-1)!, next, ...(everyMs === 0 ? [] : [access]))
    chain.push({ ...next, grant: from.grant })
    tokens.push(access)
  }
  return { chain, tokens }
}

function usedMark(): NewCredential {
  return aCredential({ kind: 'used' })
}

async function documentOf(db: Db, id: string): Promise<GrantDocument> {
  const found = await db.collection<GrantDocument>('oauth_grants').findOne({ _id: id })
  if (!found) throw new Error('The grant is gone')
  return found
}
