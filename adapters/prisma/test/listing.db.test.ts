import { randomUUID } from 'node:crypto'
import type { Grant, GrantPage, Selector } from '@oauth2-kit/core'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import { growthRun } from '../../../test/support/growth'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import { credentialRow, grantRow } from '../src/rows'
import { aCredential, aGrant, issued } from '@oauth2-kit/testing'
import { rowsRead } from './support/rows-read'

describeEngines((place) => {
  let client: AnyClient
  let store: PrismaStore
  beforeAll(() => {
    client = clientFor(place.url, { connections: 1 })
    store = prismaStore(client)
  })
  afterAll(() => client.$disconnect())

  async function pagesOf(selector: Selector, limit: number): Promise<Grant[][]> {
    const pages: Grant[][] = []
    let page: GrantPage | undefined
    for (let after: string | undefined; page?.next !== null; after = page.next ?? undefined) {
      page = await store.listGrants(selector, { ...(after === undefined ? {} : { after }), limit })
      pages.push(page.grants)
    }
    return pages
  }

  it.each([1, 2, 3, 6, 7, 100])('lists each grant once in pages of %i', async (limit) => {
    const [userId, clientId] = [`user-${randomUUID()}`, `client %/-${randomUUID()}`]
    const mine: Grant[] = []
    for (let n = 0; n < 3; n++) {
      mine.push((await issued(store, { userId, clientId })).grant)
      mine.push((await issued(store, { userId })).grant)
      await issued(store, { clientId })
    }
    const selections: [Selector, string[]][] = [
      [{ userId }, mine.map(({ id }) => id)],
      [{ userId, clientId }, mine.filter((one) => one.clientId === clientId).map(({ id }) => id)],
      [{ grantId: mine[0]!.id }, [mine[0]!.id]],
    ]
    for (const [selector, ids] of selections) {
      const pages = await pagesOf(selector, limit)
      expect(
        pages
          .flat()
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(ids.toSorted())
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit)
    }
    const ofClient = (await pagesOf({ clientId }, limit)).flat()
    expect(new Set(ofClient.map(({ id }) => id)).size).toBe(6)
    expect(ofClient).toHaveLength(6)
    expect((await pagesOf({ userId }, limit)).flat()).toEqual(expect.arrayContaining(mine))
  })

  it('returns an empty page if "after" is not a key', async () => {
    const { grant } = await issued(store)
    for (const after of ['', 'a\0', '\ud800', 'x'.repeat(256), 7, null, {}, []]) {
      const page = { after: after as string, limit: 9 }
      expect(await store.listGrants({ userId: grant.userId! }, page)).toEqual({
        grants: [],
        next: null,
      })
    }
  })

  const count = growthRun ? 5000 : 1000
  it(`F17: a page reads about as many rows among ${count} grants as among 100`, async () => {
    const userId = `user-${randomUUID()}`
    const one = aGrant({ userId }).clientId
    await grantsOf(userId, 100, one)
    const few = await costOf(userId, one)
    await grantsOf(userId, count - 100, one)
    const many = await costOf(userId, one)
    for (const [at, rows] of many.entries()) expect(rows).toBeLessThan(few[at]! + 50)
  })

  /** Creates grants of a user, half of them for one client, each with a code. */
  async function grantsOf(userId: string, count: number, clientId: string) {
    const rows = Array.from({ length: count }, (_, n) => {
      const grant = aGrant({ userId, ...(n % 2 ? { clientId } : {}) })
      return [grantRow(grant), credentialRow(aCredential({ kind: 'code' }), grant)]
    })
    for (const at of [0, 1]) {
      for (let n = 0; n < count; n += 50) {
        const data = rows.slice(n, n + 50).map((pair) => pair[at]!)
        await client.oAuthCredential.createMany({ data })
      }
    }
    await client.$executeRawUnsafe(analyze[place.provider])
  }

  /** Returns the rows read for a later page, by user, and by user and client. */
  async function costOf(userId: string, clientId: string): Promise<number[]> {
    const counts: number[] = []
    for (const selector of [{ userId }, { userId, clientId }]) {
      const { next } = await store.listGrants(selector, { limit: 10 })
      const page = () => store.listGrants(selector, { after: next!, limit: 10 })
      counts.push(await rowsRead(client, place.provider, page))
    }
    return counts
  }
})

const analyze = {
  postgresql: 'ANALYZE oauth_credentials',
  mysql: 'ANALYZE TABLE oauth_credentials',
  sqlite: 'ANALYZE',
}
