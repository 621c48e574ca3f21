import type { Credential, NewCredential, Store } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { BSON, type Db } from 'mongodb'
import { aCredential, issued, redeemed, refOf, t0 } from '../../memory/test/support/given'
import { toRow } from '../src/rows'
import type { GrantDocument } from '../src/schema'
import { opened, startTimeout } from './support/opened'

const minute = 60_000
const hour = 60 * minute

describeDatabase('mongodb', (database) => {
  beforeAll(() => database.url(), startTimeout)

  it('a family that was rotated 10,000 times is small', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store)
    await rotated(store, credential, 250)
    const before = await documentOf(db, grant.id)
    expect(before.credentials.length).toBeLessThanOrEqual(150)
    expect(BSON.calculateObjectSize(before)).toBeLessThan(48 * 1024)
    // What 9,750 rotations more would leave if nothing were ever dropped.
    await fill(db, grant.id, 9750)
    const last = await rotated(store, await liveOf(db, grant.id), 1)
    const { credentials } = await documentOf(db, grant.id)
    // A third of the 150 of each kind, and what is live.
    expect(credentials.filter(({ by }) => by !== undefined)).toHaveLength(50)
    expect(credentials.filter(({ kind }) => kind === 'access')).toHaveLength(50)
    expect(credentials).toHaveLength(101)
    await rotated(store, last, 1)
  }, 120_000)

  it('credentialsPerGrant says how much of it stays, the newest of each kind', async () => {
    await using place = await opened(database, { credentialsPerGrant: 10 })
    const { store } = place
    const { credential } = await issued(store)
    const chain = [credential]
    const tokens: NewCredential[] = []
    for (let n = 0; n < 5; n++) {
      const [next, access] = [aCredential(), aCredential({ kind: 'access' })]
      await redeemed(store, chain.at(-1)!, next, access)
      chain.push({ ...next, grant: credential.grant })
      tokens.push(access)
    }
    const found = (all: NewCredential[]) =>
      Promise.all(all.map(async ({ hash }) => (await store.find(hash)) !== null))
    // The eleventh was too much.
    expect(await found(chain)).toEqual([false, false, true, true, true, true])
    expect(await found(tokens)).toEqual([false, false, true, true, true])
    const replay = await store.redeem(chain[2]!, [aCredential()])
    expect(replay).toMatchObject({
      status: 'replayed',
      by: { hash: chain[3]!.hash },
    })
    const redeemedOnes = await Promise.all(chain.slice(2).map((one) => store.isRedeemed(one)))
    expect(redeemedOnes).toEqual([true, true, true, false])
    expect(await store.redeem(chain[0]!, [aCredential()])).toEqual({ status: 'unknown' })
  })

  it('what was used last stays, however long ago it was issued', async () => {
    await using place = await opened(database, { credentialsPerGrant: 10 })
    const { store, db } = place
    const { grant, credential } = await issued(store)
    const other = aCredential()
    await store.extend(refOf(grant), [other])
    // One more and it is too much: the other chain has used more, and later.
    await rotated(store, { ...other, grant: refOf(grant) }, 4)
    expect((await documentOf(db, grant.id)).credentials).toHaveLength(10)
    const next = aCredential()
    expect(await store.redeem(credential, [next])).toEqual({ status: 'redeemed' })
    expect((await documentOf(db, grant.id)).credentials.length).toBeLessThan(10)
    expect(await store.redeem(credential, [next])).toEqual({ status: 'redeemed' })
    expect(await store.redeem(credential, [aCredential()])).toMatchObject({ status: 'replayed' })
  })

  it('Infinity keeps everything', async () => {
    await using place = await opened(database, { credentialsPerGrant: Infinity })
    const { store } = place
    const { credential } = await issued(store)
    await rotated(store, credential, 150)
    expect(await store.redeem(credential, [aCredential()])).toMatchObject({ status: 'replayed' })
    expect(await store.purge(Number.MAX_SAFE_INTEGER, 1000)).toEqual({ deleted: 301, more: false })
  }, 120_000)

  it('marks without successors go with what they mark', async () => {
    await using place = await opened(database, { credentialsPerGrant: 10 })
    const { store, db } = place
    const { grant } = await issued(store)
    for (let n = 0; n < 5; n++) {
      const token = aCredential()
      await store.extend(refOf(grant), [token])
      await redeemed(store, { ...token, grant: refOf(grant) }, aCredential({ kind: 'used' }))
    }
    const { credentials } = await documentOf(db, grant.id)
    expect(credentials.filter(({ kind }) => kind === 'used')).toHaveLength(3)
    expect(credentials).toHaveLength(7)
  })

  it('an access token that is the mark of use of a code is none of too many', async () => {
    await using place = await opened(database, { credentialsPerGrant: 10 })
    const { store } = place
    const { grant, credential } = await issued(store, {}, { kind: 'code' })
    const access = aCredential({ kind: 'access' })
    await redeemed(store, credential, access)
    for (let n = 0; n < 9; n++) await store.extend(refOf(grant), [aCredential({ kind: 'access' })])
    expect(await store.redeem(credential, [aCredential()])).toMatchObject({
      status: 'replayed',
      by: { hash: access.hash },
    })
  })

  it('a grant that lives sheds what has been expired for the retention', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store)
    let current: Credential = credential
    for (let n = 1; n <= 30; n++) {
      const at = t0 + n * 10 * minute
      const next = aCredential({ createdAt: at, expiresAt: at + hour })
      const access = aCredential({ kind: 'access', createdAt: at, expiresAt: at + 10 * minute })
      await redeemed(store, current, next, access)
      current = { ...next, grant: credential.grant }
    }
    const { credentials, nextExpiry } = await documentOf(db, grant.id)
    // Two hours of six refresh tokens, and 70 minutes of six access tokens, and one at each end.
    expect(credentials.filter(({ kind }) => kind === 'refresh')).toHaveLength(13)
    expect(credentials.filter(({ kind }) => kind === 'access')).toHaveLength(8)
    const now = t0 + 300 * minute
    expect(nextExpiry).toBeGreaterThanOrEqual(now - hour)
    expect(await store.find(current.hash)).not.toBeNull()
  })

  it('what has expired is still redeemed, and its replay seen', async () => {
    await using place = await opened(database, { retentionSeconds: 0 })
    const { store } = place
    const { credential } = await issued(store, {}, { createdAt: t0 - hour, expiresAt: t0 - minute })
    const mark = aCredential({ kind: 'used', expiresAt: t0 - minute })
    expect(await store.redeem(credential, [mark])).toEqual({ status: 'redeemed' })
    expect(await store.redeem(credential, [mark])).toEqual({ status: 'redeemed' })
    expect(await store.redeem(credential, [aCredential()])).toMatchObject({
      status: 'replayed',
      by: { hash: mark.hash },
    })
  })

  it('purge() takes what has expired out of a grant that lives, and the grant with the last', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { grant, credential } = await issued(store, {}, { kind: 'code', expiresAt: t0 + 10 })
    const refresh = aCredential({ expiresAt: t0 + 90_000 })
    await redeemed(store, credential, refresh, aCredential({ kind: 'access', expiresAt: t0 + 20 }))
    expect(await store.purge(t0 + 60_000, 9)).toEqual({ deleted: 2, more: false })
    expect(await documentOf(db, grant.id)).toMatchObject({
      credentials: [{ hash: refresh.hash }],
      nextExpiry: t0 + 90_000,
    })
    expect(await store.purge(t0 + 90_001, 9)).toEqual({ deleted: 1, more: false })
    expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
  })

  it('revokeCredential() takes the grant along with the last of its tokens', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { credential } = await issued(store, {}, { kind: 'access' })
    await store.revokeCredential(credential.hash)
    expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
  })
})

/** Rotates so many times, and gives the refresh token that came of it. */
async function rotated(store: Store, from: Credential, times: number): Promise<Credential> {
  let current = from
  for (let n = 0; n < times; n++) {
    const next = aCredential()
    await redeemed(store, current, next, aCredential({ kind: 'access' }))
    current = { ...next, grant: from.grant }
  }
  return current
}

function grantsIn(db: Db) {
  return db.collection<GrantDocument>('oauth_grants')
}

async function documentOf(db: Db, id: string): Promise<GrantDocument> {
  const found = await grantsIn(db).findOne({ _id: id })
  if (!found) throw new Error('The grant is gone')
  return found
}

/** The refresh token that was not used yet. */
async function liveOf(db: Db, id: string): Promise<Credential> {
  const { credentials, clientId, userId } = await documentOf(db, id)
  const live = credentials.findLast(({ kind, by }) => kind === 'refresh' && by === undefined)
  return { ...live!, grant: { id, clientId, userId } }
}

/** Adds what so many rotations more would leave if nothing were ever dropped. */
async function fill(db: Db, id: string, rotations: number): Promise<void> {
  const { credentials } = await documentOf(db, id)
  let last = credentials.findLast(({ kind, by }) => kind === 'refresh' && by === undefined)!
  for (let n = 0; n < rotations; n++) {
    const next = toRow(aCredential())
    last.by = next.hash
    credentials.push(next, toRow(aCredential({ kind: 'access' })))
    last = next
  }
  await grantsIn(db).updateOne({ _id: id }, { $set: { credentials } })
}
