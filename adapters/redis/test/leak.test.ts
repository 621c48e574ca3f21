import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fresh, issued, rotated, successors } from './support/given'
import { onServers } from './support/on-servers'

describe('what is kept', () => {
  onServers((place) => {
    it('all has an end, and lasts the retention beyond its expiry', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 100 })
      const expiresAt = Date.now() + 5000
      const first = await issued(store, {}, { kind: 'code', expiresAt })
      const late = expiresAt + 7000
      await rotated(store, first, { expiresAt: late })
      await store.extend(first.grant, [fresh({ kind: 'access', expiresAt })])
      await store.remember('jti', expiresAt)
      const ends = await endsOf(tenant)
      const [short, long] = [expiresAt + 100_000, late + 100_000]
      expect(ends[`t:${first.hash}`]).toBe(short)
      expect(ends[`x:{${first.grant.id}}:${first.hash}`]).toBe(short)
      expect(ends['r:jti']).toBe(short)
      for (const name of [
        `g:{${first.grant.id}}`,
        `m:{${first.grant.id}}`,
        `gc:${first.grant.clientId}`,
        `gu:${first.grant.userId}`,
      ]) {
        expect([name, ends[name]]).toEqual([name, long])
      }
      expect(Object.values(ends).filter((end) => end !== short && end !== long)).toEqual([])
    })

    it('by a caller whose clock is years behind lasts the retention from now on', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 100 })
      const before = Date.now()
      const old = await issued(store, {}, { createdAt: 1, expiresAt: 60_001 })
      await rotated(store, old, { createdAt: 2, expiresAt: 60_002 })
      for (const end of Object.values(await endsOf(tenant))) {
        expect(end).toBeGreaterThanOrEqual(before + 100_000)
        expect(end).toBeLessThan(Date.now() + 100_000 + 1000)
      }
    })

    it('never goes where it never expires, and its grant with it', async () => {
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

    it('goes by itself: rounds of issue, rotate, revoke and expire end with nothing', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 0 })
      await Promise.all(Array.from({ length: 10 }, () => rounds(20)))
      while ((await keysKept(tenant)).length > 0) await sleep(100)
      expect(await keysKept(tenant)).toEqual([])

      /** Each round has clients and users of its own, and leaves a grant to expire. */
      async function rounds(count: number): Promise<void> {
        for (let round = 0; round < count; round++) {
          const expiresAt = Date.now() + 1500
          let one = await issued(store, {}, { kind: 'code', expiresAt })
          for (let n = 0; n < 3; n++) one = await rotated(store, one, { expiresAt })
          await store.redeem(one, [fresh({ kind: 'used', expiresAt })])
          await store.redeem(one, successors({ expiresAt: null }))
          const access = fresh({ kind: 'access', expiresAt: null })
          const other = await issued(store, {}, { ...access })
          await store.revokeCredential(other.hash)
          const revoked = await rotated(store, await issued(store, {}, { expiresAt: null }))
          await store.revoke({ grantId: revoked.grant.id })
          await store.redeem(revoked, successors({ expiresAt: null }))
          await store.extend(revoked.grant, successors({ expiresAt: null }))
          await store.remember(randomUUID(), expiresAt)
        }
      }
    }, 120_000)

    it('of a client that is busy: what has expired leaves the indexes with the next grants', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 0 })
      const owner = { clientId: randomUUID(), userId: randomUUID() }
      for (let n = 0; n < 30; n++) await issued(store, owner, { expiresAt: Date.now() + 300 })
      await issued(store, owner)
      const indexes = [`gc:${owner.clientId}`, `gu:${owner.userId}`].map(
        (name) => `${place.prefix}:@${tenant}:${name}`,
      )
      await sleep(350)
      await issued(store, owner)
      for (const index of indexes) expect(await place.client.zcard(index)).toBe(2)
    })

    it('of a family that rotates: its hashes, as long as they could come again', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant, retentionSeconds: 0 })
      let one = await issued(store, {}, { expiresAt: Date.now() + 200 })
      for (let n = 0; n < 20; n++) one = await rotated(store, one, { expiresAt: Date.now() + 200 })
      await sleep(100)
      one = await rotated(store, one)
      await sleep(150)
      one = await rotated(store, one)
      const members = `${place.prefix}:@${tenant}:m:{${one.grant.id}}`
      expect(await place.client.zcard(members)).toBe(4)
      expect(await store.revoke({ userId: one.grant.userId! })).toBe(1)
    })

    /** When the keys of a tenant go, by their names behind the tenant. */
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
