import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
import { aCredential, aUser, before, issued, redeemed, refOf } from '@oauth2-kit/testing'
import Database from 'libsql'

describe.each(['ON', 'OFF'])('with PRAGMA foreign_keys = %s', (mode) => {
  async function opened() {
    const database = new Database(':memory:')
    database.pragma(`foreign_keys = ${mode}`)
    const store = betterSqlite3Store(database)
    await store.migrate()
    const count = () => database.prepare('SELECT id FROM oauth_credentials').all([]).length
    return { store, count }
  }

  it('a revoked grant has no credentials left', async () => {
    const { store, count } = await opened()
    const { grant, credential } = await issued(store)
    const [refresh, access] = [aCredential(), aCredential({ kind: 'access' })]
    await redeemed(store, credential, refresh, access)
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
    for (const { hash } of [credential, refresh, access]) expect(await store.find(hash)).toBeNull()
    expect(await store.extend(refOf(grant), [aCredential()])).toBe('revoked')
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'revoked' })
    expect(await store.revoke({ grantId: grant.id })).toBe(0)
    expect(count()).toBe(0)
  })

  it('the grants of a user are revoked with their credentials, and the others are kept', async () => {
    const { store, count } = await opened()
    const user = aUser()
    const { credential } = await issued(store, { userId: user.id })
    await issued(store, { userId: user.id })
    const other = await issued(store)
    expect(await store.revoke({ userId: user.id })).toBe(2)
    expect(await store.find(credential.hash)).toBeNull()
    expect(await store.find(other.credential.hash)).not.toBeNull()
    expect(count()).toBe(2)
  })

  it('a purge removes an empty grant with its sealed answers', async () => {
    const { store, count } = await opened()
    const now = Date.now()
    const { credential } = await issued(store, {}, { expiresAt: now - 2 })
    const answer = aCredential({ kind: 'answer', expiresAt: now + 1000 })
    await redeemed(store, credential, aCredential({ expiresAt: now - 1 }), answer)
    await store.purge(before(now), 1000)
    expect(count()).toBe(0)
  })
})
