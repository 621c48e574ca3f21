import { randomUUID } from 'node:crypto'
import { memoryStore } from '@oauth2-kit/memory'
import { cpuMs } from './support/cpu'
import { all, grantsOf, issued } from '@oauth2-kit/testing'

describe('listGrants()', () => {
  it('returns the grants of each selector as they were issued', async () => {
    const store = memoryStore()
    const [userId, clientId] = [randomUUID(), randomUUID()]
    const { grant } = await issued(store, { userId, clientId, data: '{"scope":"ä"}' })
    await issued(store, { userId })
    await issued(store, { clientId, userId: null })
    await issued(store)
    expect(await store.listGrants({ grantId: grant.id }, all)).toEqual({
      grants: [grant],
      next: null,
    })
    expect(await grantsOf(store, { userId, clientId })).toEqual([grant])
    expect(await grantsOf(store, { userId })).toHaveLength(2)
    expect(await grantsOf(store, { clientId })).toHaveLength(2)
    expect(await store.listGrants({ userId: randomUUID() }, all)).toEqual({
      grants: [],
      next: null,
    })
  })

  it.each([1, 3, 10, 1000])('lists each grant once, in pages of %p', async (limit) => {
    const store = memoryStore()
    const clientId = randomUUID()
    const ids = []
    for (let n = 0; n < 25; n++) ids.push((await issued(store, { clientId })).grant.id)
    const listed = await grantsOf(store, { clientId }, limit)
    expect(listed.map(({ id }) => id)).toEqual(ids)
  })

  it('lists every grant that stays while grants around the page end are revoked', async () => {
    const store = memoryStore()
    const clientId = randomUUID()
    const ids: string[] = []
    for (let n = 0; n < 600; n++) ids.push((await issued(store, { clientId })).grant.id)
    const staying = ids.filter((_, n) => n % 5 === 0)
    const going = ids.filter((_, n) => n % 5 !== 0)
    const listed = new Set<string>()
    for (let after: string | undefined; ;) {
      const page = await store.listGrants({ clientId }, { after, limit: 7 })
      for (const { id } of page.grants) listed.add(id)
      const last = ids.indexOf(page.grants.at(-1)?.id ?? '')
      for (const id of going) {
        if (Math.abs(ids.indexOf(id) - last) < 20) await store.revoke({ grantId: id })
      }
      if (page.next === null) break
      after = page.next
    }
    expect(staying.filter((id) => !listed.has(id))).toEqual([])
  })

  it('does not list revoked grants', async () => {
    const store = memoryStore()
    const clientId = randomUUID()
    const { grant } = await issued(store, { clientId })
    const { grant: other } = await issued(store, { clientId })
    await store.revoke({ grantId: grant.id })
    expect(await grantsOf(store, { clientId })).toEqual([other])
  })

  it('returns no grants if "after" is not the end of a page', async () => {
    const store = memoryStore()
    const { grant } = await issued(store)
    const page = { after: 'x', limit: 9 }
    expect(await store.listGrants({ clientId: grant.clientId }, page)).toMatchObject({ grants: [] })
  })

  it('F17: costs the same with 20,000 grants of the user as with 200', async () => {
    const store = memoryStore()
    for (let n = 0; n < 20_000; n++) await issued(store, { userId: 'many', clientId: 'a' })
    for (let n = 0; n < 200; n++) await issued(store, { userId: 'few', clientId: 'a' })
    const pages = async (userId: string, clientId?: string) => {
      const start = cpuMs()
      for (let n = 0; n < 300; n++) await store.listGrants({ userId, clientId }, { limit: 100 })
      return cpuMs() - start
    }
    await pages('few')
    const few = await pages('few')
    // Walking all grants would take a hundred times as long.
    expect(await pages('many')).toBeLessThan(few * 20)
    expect(await pages('many', 'unknown')).toBeLessThan(few * 20)
  })
})
