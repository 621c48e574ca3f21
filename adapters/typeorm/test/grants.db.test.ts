import { randomUUID } from 'node:crypto'
import type { Context } from '@oauth2-kit/conformance'
import { type TypeormStore, typeormStore } from '@oauth2-kit/typeorm'
import { opened, tablesOf } from './support/create'
import { describeEngines, migrated, type Disposable } from './support/data-source'
import { grantsOf, issued } from '@oauth2-kit/testing'
import { raw } from './support/raw'
import { recorded } from './support/recorder'

const context = { namespace: 'grants', instance: 0 } as Context

describeEngines((place) => {
  const tables = tablesOf('grants')
  let dataSource: Disposable
  let store: TypeormStore
  beforeAll(async () => {
    dataSource = await migrated(place.url, { tables })
    opened.push({ ...context, dataSource })
    store = typeormStore(dataSource, { tables, batchSize: 4 })
  })
  afterAll(() => dataSource.destroy())

  /** Issues grants of one user to three clients in turn. */
  async function some(count: number) {
    const userId = `user-${randomUUID()}`
    const clients = ['a', 'b', 'c'].map((name) => `${name}-${randomUUID()}`)
    const made = []
    for (let n = 0; n < count; n++)
      made.push(await issued(store, { userId, clientId: clients[n % 3]! }))
    return { userId, clients, made, grants: made.map(({ grant }) => grant) }
  }

  it('F17: lists each grant of a user once, page by page', async () => {
    const { userId, clients, grants } = await some(11)
    for (const limit of [1, 2, 3, 11, 12]) {
      const listed = await grantsOf(store, { userId }, limit)
      expect(listed.map(({ id }) => id).toSorted()).toEqual(grants.map(({ id }) => id).toSorted())
      const ofOne = await grantsOf(store, { userId, clientId: clients[1]! }, limit)
      expect(ofOne).toHaveLength(4)
      expect(await grantsOf(store, { clientId: clients[1]! }, limit)).toEqual(ofOne)
    }
  })

  it('F17: a page for a user and a client reads no grants of other clients', async () => {
    const { userId, clients } = await some(60)
    const pages = [
      () => store.listGrants({ userId, clientId: clients[2]! }, { limit: 5 }),
      async () => {
        const { next } = await store.listGrants({ userId }, { limit: 5 })
        return store.listGrants({ userId }, { limit: 5, after: next! })
      },
    ]
    for (const page of pages) expect(await raw.explain!(context, page)).toEqual([])
  })

  it('a page starts where the previous one ended, even if its last grant was revoked', async () => {
    const { userId, grants } = await some(6)
    const first = await store.listGrants({ userId }, { limit: 2 })
    for (const { id } of first.grants) await store.revoke({ grantId: id })
    const { grants: rest, next } = await store.listGrants(
      { userId },
      { limit: 9, after: first.next! },
    )
    expect(next).toBeNull()
    const ids = [...first.grants, ...rest].map(({ id }) => id)
    expect(ids.toSorted()).toEqual(grants.map(({ id }) => id).toSorted())
  })

  it.each([7, null, {}, 'x\0', '\ud800'])('lists nothing if "after" is %j', async (after) => {
    const { userId } = await some(1)
    const page = { limit: 1, after: after as string }
    expect(await store.listGrants({ userId }, page)).toEqual({ grants: [], next: null })
  })

  it.each(['user', 'client', 'user of a client'])('revokes in batches: %s', async (which) => {
    const { userId, clients, made } = await some(27)
    const clientId = clients[0]!
    const selector = { user: { userId }, client: { clientId } }[which] ?? { userId, clientId }
    const meant = made.filter(({ grant }) => which === 'user' || grant.clientId === clientId)
    let revoked = 0
    const { statements } = await recorded(dataSource, async () => {
      revoked = await store.revoke(selector)
    })
    expect(revoked).toBe(meant.length)
    const deletions = statements.filter(([sql]) => sql.startsWith('DELETE'))
    // SQLite gets each id twice: for the grant, and for its credentials.
    const sizes = deletions.map(([, parameters]) => new Set(parameters).size)
    expect(sizes).toEqual(which === 'user' ? [4, 4, 4, 4, 4, 4, 3] : [4, 4, 1])
    for (const one of made) {
      const found = await store.find(one.credential.hash)
      expect(found).toEqual(meant.includes(one) ? null : one.credential)
    }
  })

  it('F15: a revocation works in batches, and ends despite concurrent issues', async () => {
    const { userId, made } = await some(12)
    const revocation = { done: false }
    const revoking = store.revoke({ userId }).finally(() => (revocation.done = true))
    const issuing = Array.from({ length: 2 }, async () => {
      for (let n = 0; !revocation.done && n < 5000; n++) {
        await issued(store, { userId })
        // Slower than the batches, whose pauses grow on a machine that stalls.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
    await Promise.all(issuing)
    expect(revocation.done).toBe(true)
    expect(await revoking).toBeGreaterThanOrEqual(12)
    for (const { credential } of made) expect(await store.find(credential.hash)).toBeNull()
  })

  it('a revocation in a joined transaction is rolled back with it', async () => {
    const { userId, grants } = await some(9)
    const transaction = dataSource.transaction(async (manager) => {
      expect(await typeormStore(manager, { tables, batchSize: 4 }).revoke({ userId })).toBe(9)
      throw new Error('rolled back')
    })
    await expect(transaction).rejects.toThrow('rolled back')
    expect(await grantsOf(store, { userId })).toHaveLength(grants.length)
  })
})
