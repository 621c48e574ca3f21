import { randomUUID } from 'node:crypto'
import { fresh, issued, listed, rotated, successors } from './support/given'
import { onServers } from './support/on-servers'

describe('the keys of a store', () => {
  onServers((place) => {
    it('begin with the keyPrefix of the client and the prefix, in scripts too', async () => {
      const keyPrefix = `${place.prefix}:app*[a]`
      const store = place.store({ prefix: 'p', tenant: 't' }, { keyPrefix })
      const next = await rotated(store, await issued(store))
      await store.redeem(next, [fresh({ kind: 'used' })])
      expect(await store.redeem(next, successors())).toEqual({ status: 'replayed' })
      expect(await store.isRedeemed(next)).toBe(true)
      const own = (await place.keys()).filter((key) => key.startsWith(`${keyPrefix}p:@t:`))
      // Four credentials, the grant, its credentials, two indexes.
      expect(own).toHaveLength(4 + 2 + 2)
      expect(await store.revoke({ userId: next.grant.userId! })).toBe(1)
      expect((await place.keys()).filter((key) => key.startsWith(keyPrefix))).toEqual([])
    })

    it('differ for each prefix and tenant with the same ids, with any characters', async () => {
      const base = `${place.prefix}:${randomUUID()}`
      const stores = [
        { prefix: base },
        { prefix: `${base}*` },
        { prefix: `${base}:u` },
        { prefix: base, tenant: '*' },
        { prefix: base, tenant: 'a' },
        { prefix: base, tenant: 'a:@b' },
        { prefix: `${base}:@a:b` },
        { prefix: base, tenant: '{a}' },
      ].map((options) => place.store(options))
      const grant = { id: 'g', clientId: 'c:{1}', userId: 't:*' }
      const issuedHere = await Promise.all(stores.map((store) => issued(store, grant)))
      for (const [at, store] of stores.entries()) {
        const found = await Promise.all(issuedHere.map(({ hash }) => store.find(hash)))
        expect(found.map((one) => one !== null)).toEqual(stores.map((_, other) => other === at))
      }
      for (const [at, store] of stores.entries()) {
        expect(await store.revoke({ userId: grant.userId })).toBe(1)
        const left = await Promise.all(
          stores.map((one) => listed(one, { clientId: grant.clientId })),
        )
        expect(left.map(({ length }) => length)).toEqual(
          stores.map((_, other) => Number(other > at)),
        )
      }
    })

    it.each(['}', '{}', '{', '}{', 'a}b{c', '{a}', ' ', 'ä', '*', ':'])(
      'of a grant are in one slot, with the id %p',
      async (id) => {
        const store = place.store({ tenant: randomUUID() })
        const next = await rotated(store, await issued(store, { id }))
        expect(await listed(store, { grantId: id })).toHaveLength(1)
        expect(await store.revoke({ grantId: id })).toBe(1)
        expect(await store.find(next.hash)).toBeNull()
      },
    )

    it.each([
      'c',
      'u',
      'i',
      'd',
      'n',
      'e',
      'w',
      'z',
      '#',
      '<',
      '#'.padEnd(64, 'a'),
      '~'.repeat(64),
      'a'.repeat(63),
    ])(
      'of a grant keep its own fields apart from those of a credential with the hash %p',
      async (hash) => {
        const tenant = randomUUID()
        const store = place.store({ tenant })
        const old = await issued(store, { data: '{"a":1}' }, { hash })
        const [before] = await listed(store, { grantId: old.grant.id })
        expect(await store.isRedeemed(old)).toBe(false)
        const next = await rotated(store, old)
        expect(await store.isRedeemed(old)).toBe(true)
        expect(await store.redeem(old, successors())).toEqual({ status: 'replayed' })
        await rotated(store, next)
        expect(await listed(store, { grantId: old.grant.id })).toEqual([before])
        expect(await store.redeem(old, successors())).toEqual({ status: 'replayed' })
        expect(await store.revoke({ grantId: old.grant.id })).toBe(1)
      },
    )

    it.each<{ hash: unknown }>([
      { hash: undefined },
      { hash: null },
      { hash: 7 },
      { hash: true },
      { hash: {} },
      { hash: ['k'] },
      { hash: { toString: 1 } },
      { hash: '\ud800' },
    ])('are made of strings only: $hash matches nothing', async ({ hash }) => {
      const store = place.store()
      expect(await store.find(hash as never)).toBeNull()
      expect(await store.revoke({ grantId: hash as never })).toBe(0)
      expect(await store.getRecord(hash as never)).toBeNull()
      expect(await store.takeRecord(hash as never)).toBeNull()
    })
  })
})
