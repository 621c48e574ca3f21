import { randomUUID } from 'node:crypto'
import type { Credential } from '@oauth2-kit/core'
import { type RedisClient, type RedisStore, redisStore } from '@oauth2-kit/redis'
import { aHash } from '@oauth2-kit/testing'
import { killScript, revokeScript } from '../src/scripts/revoke'
import { roundsOf } from '../../../test/support/growth'
import { fresh, issued, rotated, successors } from './support/given'
import { intercepted } from './support/intercepted'
import { onServers } from './support/on-servers'

describe('a grant that is rotated for weeks', () => {
  onServers((place) => {
    it('F16: detects each replay, and does not keep the data of redeemed tokens', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const data = 'd'.repeat(4096)
      const rotations = 200
      let one = await issued(store, {}, { data })
      const all = [one]
      for (let n = 0; n < rotations; n++) {
        const next = fresh({ data })
        expect(await store.redeem(one, [next])).toEqual({ status: 'redeemed' })
        one = { ...next, grant: one.grant }
        all.push(one)
      }
      // On Cluster the call does not wait for that.
      const isEmpty = async () => (await store.find(all[rotations - 2]!.hash))?.data === ''
      for (let reads = 0; reads < 5000 && !(await isEmpty()); reads++);
      expect(await isEmpty()).toBe(true)
      // The others were moved, so that a revocation finds those that are not redeemed first.
      const { id } = one.grant
      const members = `${place.prefix}:@${tenant}:m:{${id}}`
      expect(await place.client.zcard(members)).toBeLessThan(20)
      const bytes = await bytesOf(tenant)
      expect(bytes / rotations).toBeLessThan(1300)
      for (const old of all.slice(0, -1)) {
        expect(await store.redeem(old, successors())).toEqual({ status: 'replayed' })
        expect(await store.isRedeemed(old)).toBe(true)
      }
      expect(await store.find(all[0]!.hash)).toEqual({ ...all[0], data: '' })
      // Its successor has not been redeemed, so a client may need the same answer again.
      expect(await store.find(all[rotations - 1]!.hash)).toEqual(all[rotations - 1])
      expect(await store.find(one.hash)).toEqual(one)
      expect(await store.revoke({ grantId: one.grant.id })).toBe(1)
      expect(await keysOf(tenant)).toEqual([])
    })

    it('with many valid tokens, detects each replay, and moves what is redeemed', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      let one = await issued(store)
      const tokens = Array.from({ length: 600 }, () => fresh({ kind: 'access' }))
      for (let at = 0; at < tokens.length; at += 100)
        await store.extend(one.grant, tokens.slice(at, at + 100))
      const all: Credential[] = []
      for (let n = 0; n < 40; n++) {
        all.push(one)
        one = await rotated(store, one)
      }
      for (const old of all)
        expect(await store.redeem(old, successors())).toEqual({ status: 'replayed' })
      const { id } = one.grant
      const members = `${place.prefix}:@${tenant}:m:{${id}}`
      // With as many access tokens of the rotations.
      expect(await place.client.zcard(members)).toBeLessThan(600 + 40 + 20)
      expect(await store.revoke({ grantId: id })).toBe(1)
      expect(await keysOf(tenant)).toEqual([])
    })

    it('is revoked from the first of the bounded steps of its revocation', async () => {
      const tenant = randomUUID()
      const client = place.open()
      const store = redisStore(client, { prefix: place.prefix, tenant })
      const old = await issued(store)
      const live = await rotated(store, old)
      await redeemedBefore(place.client, `${place.prefix}:@${tenant}:`, live.grant.id, 7000)
      const other = place.store({ tenant })
      let steps = 0
      const after = async () => {
        steps++
        expect(await other.redeem(live, successors())).toEqual({ status: 'revoked' })
        expect(await other.extend(live.grant, successors())).toBe('revoked')
        // On Cluster the token is in another slot, and is removed next.
        expect(client.isCluster || (await other.find(live.hash)) === null).toBe(true)
      }
      intercepted(client, client.isCluster ? killScript : revokeScript, { after })
      expect(await store.revoke({ userId: live.grant.userId! })).toBe(1)
      expect(steps).toBe(4)
      expect(await keysOf(tenant)).toEqual([])
    })

    it('is revoked once by concurrent calls, each of which leaves no token', async () => {
      const tenant = randomUUID()
      const stores: RedisStore[] = Array.from({ length: 4 }, () => place.store({ tenant }))
      const live = await rotated(stores[0]!, await issued(stores[0]!))
      await redeemedBefore(
        place.client,
        `${place.prefix}:@${tenant}:`,
        live.grant.id,
        roundsOf(6000),
      )
      const outcomes = await Promise.all(
        stores.map(async (store) => {
          const count = await store.revoke({ grantId: live.grant.id })
          expect((await keysOf(tenant)).filter((key) => key.includes(':t:'))).toEqual([])
          return count
        }),
      )
      expect(outcomes.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 1])
    })

    async function keysOf(tenant: string): Promise<string[]> {
      return (await place.keys()).filter((key) => key.includes(`@${tenant}:`))
    }

    async function bytesOf(tenant: string): Promise<number> {
      const sizes = (await keysOf(tenant)).map((key) => place.client.memory('USAGE', key))
      return (await Promise.all(sizes)).reduce<number>((sum, size) => sum + Number(size), 0)
    }
  })
})

/** Adds redeemed tokens to a grant, in the format of the store. */
async function redeemedBefore(client: RedisClient, root: string, grantId: string, count: number) {
  const record = `r1 2 ${grantId} c u\n`
  for (let done = 0; done < count; done += 1000) {
    const hashes = Array.from({ length: 1000 }, aHash)
    await Promise.all([
      client.zadd(
        `${root}xs:{${grantId}}`,
        ...hashes.flatMap((hash) => [Date.now() + 60_000, hash]),
      ),
      ...hashes.map((hash) => client.set(`${root}t:${hash}`, record, 'EX', 60)),
      client.hset(
        `${root}g:{${grantId}}`,
        ...hashes.flatMap((hash) => [hash.slice(0, 32), aHash().slice(0, 32)]),
      ),
    ])
  }
}
