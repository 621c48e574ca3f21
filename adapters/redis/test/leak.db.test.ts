import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fresh, issued, rotated, successors, user } from './support/given'
import { onServers } from './support/on-servers'

describe('the expiry of keys', () => {
  onServers((place) => {
    it('every key ends when the retention after its expiry has passed', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 100 })
      const createdAt = Date.now()
      const expiresAt = createdAt + 60_000
      const first = await issued(store, {}, { kind: 'code', expiresAt })
      const late = expiresAt + 7000
      await rotated(store, first, { expiresAt: late })
      await store.extend(first.grant, [fresh({ kind: 'access', expiresAt })])
      await store.addRecord({ key: 'jti', data: '{}', expiresAt })
      const answer = fresh({ kind: 'answer', expiresAt })
      await store.extend(first.grant, [answer])
      const deleted = user()
      await store.createUser(deleted)
      await store.deleteUser(deleted.id, expiresAt)
      const ends = await endsOf(tenant)
      const [short, long] = [expiresAt + 100_000, late + 100_000]
      expect(ends[`t:${first.hash}`]).toBe(short)
      const brief = expiresAt + 30_000
      expect(ends['r:jti']).toBe(brief)
      expect(ends[`t:${answer.hash}`]).toBe(brief)
      expect(ends[`{u}:d:${deleted.id}`]).toBe(brief)
      for (const name of [`g:{${first.grant.id}}`, `m:{${first.grant.id}}`]) {
        expect([name, ends[name]]).toEqual([name, long])
      }
      const indexes = [`gc:${first.grant.clientId}`, `gu:${first.grant.userId}`]
      for (const index of indexes) {
        expect(ends[index]).toBeGreaterThanOrEqual(long)
        expect(ends[index]).toBeLessThanOrEqual(long + Math.ceil((long - createdAt) / 8))
      }
      const others = Object.entries(ends).filter(([name]) => !indexes.includes(name))
      expect(others.filter(([, end]) => ![short, long, brief].includes(end))).toEqual([])
    })

    it('the set of many redeemed tokens ends with its grant', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const createdAt = Date.now()
      let one = await issued(store, {}, { createdAt, expiresAt: createdAt + 100_000 })
      for (let n = 1; n <= 20; n++)
        one = await rotated(store, one, { createdAt, expiresAt: createdAt + 100_000 + n })
      const ends = await endsOf(tenant)
      const { id } = one.grant
      expect(ends[`xs:{${id}}`]).toBe(ends[`g:{${id}}`])
      await store.extend(one.grant, [fresh({ expiresAt: null })])
      const later = await endsOf(tenant)
      expect([later[`xs:{${id}}`], later[`g:{${id}}`]]).toEqual([-1, -1])
      await store.revoke({ grantId: id })
      expect(await endsOf(tenant)).toEqual({})
    })

    it('keys of a caller whose clock is years behind last the retention from now on', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 100 })
      const before = Date.now()
      const old = await issued(store, {}, { createdAt: 1, expiresAt: 60_001 })
      await rotated(store, old, { createdAt: 2, expiresAt: 60_002 })
      for (const [name, end] of Object.entries(await endsOf(tenant))) {
        const room = /^g[cu]:/.test(name) ? 100_000 / 8 : 0
        expect(end).toBeGreaterThanOrEqual(before + 100_000)
        expect(end).toBeLessThan(Date.now() + 100_000 + 1000 + room)
      }
    })

    it('a credential that never expires has no end, nor has its grant', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const { hash, grant } = await issued(store, {}, { expiresAt: null })
      await store.extend(grant, [fresh({ kind: 'access' })])
      const ends = await endsOf(tenant)
      for (const name of [
        `t:${hash}`,
        `g:{${grant.id}}`,
        `m:{${grant.id}}`,
        `gc:${grant.clientId}`,
      ]) {
        expect([name, ends[name]]).toEqual([name, -1])
      }
      await store.revoke({ grantId: grant.id })
      expect(await endsOf(tenant)).toEqual({})
    })

    it('rounds of issue, rotate, revoke and expire leave no keys', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 0 })
      await Promise.all(Array.from({ length: 10 }, () => rounds(20)))
      while ((await keysKept(tenant)).length > 0) await sleep(100)
      expect(await keysKept(tenant)).toEqual([])

      /** Each round has new clients and users, and leaves a grant to expire. */
      async function rounds(count: number): Promise<void> {
        for (let round = 0; round < count; round++) {
          const expiresAt = Date.now() + 1500
          let one = await issued(store, {}, { kind: 'code', expiresAt })
          // On a busy machine the grant may expire before this ends.
          for (let n = 0; n < 3; n++) {
            const [refresh, access] = successors({ expiresAt })
            await store.redeem(one, [refresh!, access!])
            one = { ...refresh!, grant: one.grant }
          }
          await store.redeem(one, [fresh({ kind: 'used', expiresAt })])
          await store.redeem(one, successors({ expiresAt: null }))
          const access = fresh({ kind: 'access', expiresAt: null })
          const other = await issued(store, {}, { ...access })
          await store.revokeAccessToken(other.hash)
          const revoked = await rotated(store, await issued(store, {}, { expiresAt: null }))
          await store.revoke({ grantId: revoked.grant.id })
          await store.redeem(revoked, successors({ expiresAt: null }))
          await store.extend(revoked.grant, successors({ expiresAt: null }))
          const record = { key: randomUUID(), data: '{}', expiresAt }
          await store.addRecord(record)
          if (round % 2) await store.takeRecord(record.key)
        }
      }
    })

    it('the next grants of a client and user remove expired grants from the indexes', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 0 })
      const owner = { clientId: randomUUID(), userId: randomUUID() }
      for (let n = 0; n < 30; n++) await issued(store, owner, { expiresAt: Date.now() + 300 })
      await issued(store, owner)
      const indexes = [`gc:${owner.clientId}`, `gu:${owner.userId}`].map(
        (name) => `${place.prefix}:@${tenant}:${name}`,
      )
      await sleep(350)
      for (const index of indexes) {
        let live = 1
        let cards = 0
        // One of eight calls does so.
        for (let n = 0; n < 1000 && cards !== live; n++) {
          await issued(store, owner)
          live = await place.client.zcount(index, Date.now(), '+inf')
          cards = await place.client.zcard(index)
        }
        expect(cards).toBe(live)
      }
    })

    it('rotations remove expired hashes from the sets of their grant', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 0 })
      let one = await issued(store)
      const past = Array.from({ length: 80 }, (_, at) => [1000 + at, `gone-${at}`]).flat()
      for (const name of ['m', 'xs']) {
        await place.client.zadd(`${place.prefix}:@${tenant}:${name}:{${one.grant.id}}`, ...past)
      }
      const expired = async () => {
        const counts = ['m', 'xs'].map((name) =>
          place.client.zcount(`${place.prefix}:@${tenant}:${name}:{${one.grant.id}}`, '-inf', 5000),
        )
        return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
      }
      // One of eight calls does so.
      for (let n = 0; n < 1000 && (await expired()) > 0; n++) one = await rotated(store, one)
      expect(await expired()).toBe(0)
      expect(await store.revoke({ userId: one.grant.userId! })).toBe(1)
    })

    /** Returns when the keys of a tenant expire, by their names after the tenant. */
    async function endsOf(tenant: string): Promise<Record<string, number>> {
      const entries = (await keysKept(tenant)).map(
        async (key) => [key.split(`@${tenant}:`)[1], await place.client.pexpiretime(key)] as const,
      )
      return Object.fromEntries(await Promise.all(entries))
    }

    async function keysKept(tenant: string): Promise<string[]> {
      return (await place.keys()).filter((key) => key.includes(`@${tenant}:`))
    }
  })
})
