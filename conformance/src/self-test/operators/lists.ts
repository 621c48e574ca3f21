import type { Page, Store } from '@oauth2-kit/core'
import type { Base, Variant } from '../mutant'

/** How many entries a store that has a cap keeps, lists or revokes. */
const counts = [1, 2, 10, 50, 100, 250, 500, 1000]

/** Lists that are cut, turned or repeated. */
export function listVariants(): Variant[] {
  const lists = ['listClients', 'listUsers'] as const
  return [
    ...lists.flatMap((name) => {
      const on = (
        what: string,
        change: (page: Page, read: (page: Page) => Promise<never[]>) => Promise<unknown>,
      ) => ({
        name: `${name}() ${what}`,
        breaks: ({ store }: Base) =>
          ({ [name]: (page: Page) => change(page, store[name] as never) }) as Partial<Store>,
      })
      return [
        ...counts.map((most) =>
          on(`returns ${most} entries at most`, (page, read) =>
            read({ ...page, limit: Math.min(page.limit, most) }),
          ),
        ),
        on('ignores "after"', ({ limit }, read) => read({ limit })),
        on('ignores "limit"', (page, read) => read({ ...page, limit: 100_000 })),
        on('returns one more', (page, read) => read({ ...page, limit: page.limit + 1 })),
        on('returns one less', (page, read) =>
          read({ ...page, limit: Math.max(1, page.limit - 1) }),
        ),
        on('reverses a page', async (page, read) => (await read(page)).toReversed()),
        on('orders a page by locale', async (page, read) =>
          (await read(page)).toSorted((a: { id: string }, b: { id: string }) =>
            a.id.localeCompare(b.id),
          ),
        ),
        on('orders everything by locale', async ({ after, limit }, read) => {
          const all = (await read({ limit: 100_000 })) as { id: string }[]
          const sorted = all.toSorted((a, b) => a.id.localeCompare(b.id))
          const rest = sorted.filter(({ id }) => after === undefined || id.localeCompare(after) > 0)
          return rest.slice(0, limit)
        }),
        on('orders ids as numbers', async ({ after, limit }, read) => {
          const all = (await read({ limit: 100_000 })) as { id: string }[]
          const by = new Intl.Collator('en', { numeric: true }).compare
          return all
            .toSorted((a, b) => by(a.id, b.id))
            .filter(({ id }) => after === undefined || by(id, after) > 0)
            .slice(0, limit)
        }),
        on('continues at the position of "after"', async ({ after, limit }, read) => {
          const all = (await read({ limit: 100_000 })) as { id: string }[]
          const at = after === undefined ? -1 : all.findIndex(({ id }) => id === after)
          return all.slice(at + 1, at + 1 + limit)
        }),
        on('ends if "after" is gone', async (page, read) => {
          const all = (await read({ limit: 100_000 })) as { id: string }[]
          if (page.after !== undefined && !all.some(({ id }) => id === page.after)) return []
          return read(page)
        }),
        on('includes "after"', async (page, read) => {
          const all = (await read({ limit: 100_000 })) as { id: string }[]
          return all
            .filter(({ id }) => page.after === undefined || id >= page.after)
            .slice(0, page.limit)
        }),
        on('ignores case in "after"', async ({ after, limit }, read) => {
          const all = (await read({ limit: 100_000 })) as { id: string }[]
          return all
            .filter(({ id }) => after === undefined || id.toLowerCase() > after.toLowerCase())
            .slice(0, limit)
        }),
        on('sees the first 1,000 entries only', async ({ after, limit }, read) => {
          const all = (await read({ limit: 1000 })) as { id: string }[]
          return all.filter(({ id }) => after === undefined || id > after).slice(0, limit)
        }),
      ]
    }),
    ...counts.map((most): Variant => ({
      name: `listGrants() lists ${most} grants at most in all pages`,
      breaks: ({ store }) => ({
        async listGrants(selector, { after, limit }) {
          const { grants } = await store.listGrants(selector, { limit: most })
          const rest = grants.filter(({ id }) => after === undefined || id > after)
          const page = rest.slice(0, limit)
          return { grants: page, next: rest.length > limit ? page.at(-1)!.id : null }
        },
      }),
    })),
    ...counts.flatMap((most): Variant[] => [
      {
        name: `revoke() revokes ${most} grants at most`,
        breaks: ({ store }) => ({
          async revoke(selector) {
            const { grants } = await store.listGrants(selector, { limit: most })
            for (const { id } of grants) await store.revoke({ grantId: id })
            return grants.length
          },
        }),
      },
      {
        name: `deleteClient() revokes ${most} grants at most`,
        breaks: ({ store, run }) => ({
          async deleteClient(clientId) {
            if (typeof clientId !== 'string') throw new TypeError('not a string')
            await run({ do: 'remove', table: 'clients', where: { id: clientId } })
            const { grants } = await store.listGrants({ clientId }, { limit: most })
            for (const { id } of grants) await store.revoke({ grantId: id })
          },
        }),
      },
      {
        name: `deleteUser() revokes ${most} grants at most`,
        breaks: ({ store, run }) => ({
          async deleteUser(userId, until) {
            if (typeof userId !== 'string') throw new TypeError('not a string')
            const kept = await run({ do: 'select', table: 'grants', where: { userId } })
            if ((kept as unknown[]).length <= most) return store.deleteUser(userId, until)
            const { grants } = await store.listGrants({ userId }, { limit: most })
            await run({ do: 'call', procedure: 'removeUser', args: [userId, until] })
            for (const { id } of grants) await store.revoke({ grantId: id })
          },
        }),
      },
      {
        name: `addRecord() forgets all but the last ${most} keys`,
        breaks({ store }) {
          const last: string[] = []
          return {
            async addRecord(record) {
              const added = await store.addRecord(record)
              if (!added) return false
              last.push(record.key)
              if (last.length > most) await store.takeRecord(last.shift()!)
              return true
            },
          }
        },
      },
      {
        name: `redeem() keeps the marks of the last ${most} redemptions`,
        breaks({ store, run }) {
          const last: string[] = []
          return {
            async redeem(old, made) {
              const outcome = await store.redeem(old, made)
              if (outcome.status !== 'redeemed' || last.includes(old.hash)) return outcome
              last.push(old.hash)
              const claims = last.length > most ? last.shift() : undefined
              const changes = { claims: null }
              if (claims !== undefined)
                await run({ do: 'update', table: 'credentials', where: { claims }, changes })
              return outcome
            },
          }
        },
      },
    ]),
  ]
}
