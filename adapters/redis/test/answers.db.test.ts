import { randomUUID } from 'node:crypto'
import type { Credential, NewCredential } from '@oauth2-kit/core'
import { type RedisStore, redisStore } from '@oauth2-kit/redis'
import { aHash } from '@oauth2-kit/testing'
import { redeemScript } from '../src/scripts/redeem'
import { fresh, issued, successors } from './support/given'
import { intercepted } from './support/intercepted'
import { onServers } from './support/on-servers'

const dead = new Error('The process has died')

describe('sealed answers of one refresh token, which share a hash', () => {
  onServers((place) => {
    it('only the answer of the one winning attempt is kept', async () => {
      const [one, other] = [place.store(), place.store()]
      for (let round = 0; round < 20; round++) {
        const old = await issued(one)
        const attempts = answered(aHash(), 20)
        const outcomes = await Promise.all(
          attempts.map((some, at) => (at % 2 ? one : other).redeem(old, some)),
        )
        const winners = attempts.filter((_, at) => outcomes[at]!.status === 'redeemed')
        expect(winners).toHaveLength(1)
        const lost = outcomes.filter(({ status }) => status === 'replayed')
        expect(lost).toHaveLength(attempts.length - 1)
        await isFound(other, winners[0]!, old)
      }
    })

    it('an attempt wins after the process of an earlier attempt has died', async () => {
      const store = place.store()
      const old = await issued(store)
      const [died, won, late] = answered(aHash(), 3)
      await diesBeforeDecision(old, died!)
      expect(await store.find(died!.at(-1)!.hash)).toBeNull()
      expect(await store.redeem(old, won!)).toEqual({ status: 'redeemed' })
      await isFound(store, won!, old)
      expect(await store.redeem(old, died!)).toEqual({ status: 'replayed' })
      expect(await store.redeem(old, late!)).toEqual({ status: 'replayed' })
      await isFound(store, won!, old)
    })

    it('an attempt that is repeated after its process has died wins', async () => {
      const store = place.store()
      const old = await issued(store)
      const [same] = answered(aHash(), 1)
      await diesBeforeDecision(old, same!)
      for (let n = 0; n < 3; n++) {
        expect(await store.redeem(old, same!)).toEqual({ status: 'redeemed' })
        await isFound(store, same!, old)
      }
    })

    it('a late write of a loser does not replace the answer of the winner', async () => {
      const store = place.store()
      const old = await issued(store)
      const [won, late] = answered(aHash(), 2)
      const client = place.open()
      const before = async () => {
        expect(await store.redeem(old, won!)).toEqual({ status: 'redeemed' })
      }
      intercepted(client, redeemScript, { before })
      const slow = redisStore(client, { prefix: place.prefix })
      expect(await slow.redeem(old, late!)).toEqual({ status: 'replayed' })
      await isFound(store, won!, old)
      expect(await store.find(late![0]!.hash)).toBeNull()
    })

    it('none is found after the grant is revoked, even after a late write', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const old = await issued(store)
      const [won, late] = answered(aHash(), 2)
      expect(await store.redeem(old, won!)).toEqual({ status: 'redeemed' })
      const added = fresh({ kind: 'answer' })
      expect(await store.extend(old.grant, [added])).toBe('extended')
      expect(await store.find(added.hash)).toEqual({ ...added, grant: old.grant })
      expect(await store.revoke({ grantId: old.grant.id })).toBe(1)
      expect((await place.keys()).filter((key) => key.includes(`@${tenant}:`))).toEqual([])
      await diesBeforeDecision(old, late!, tenant)
      expect(await store.redeem(old, won!)).toEqual({ status: 'revoked' })
      for (const { hash } of [...won!, ...late!, added]) expect(await store.find(hash)).toBeNull()
    })

    it('are removed half a minute after the last of them expires', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const old = await issued(store)
      const hash = aHash()
      const expiries = [20_000, 5000].map((ms) => Date.now() + ms)
      const [long, short] = expiries.map((expiresAt) => [
        ...successors(),
        fresh({ kind: 'answer', hash, expiresAt }),
      ])
      expect(await store.redeem(old, long!)).toEqual({ status: 'redeemed' })
      expect(await store.redeem(old, short!)).toEqual({ status: 'replayed' })
      const keys = (await place.keys()).filter(
        (key) => key.includes(`@${tenant}:`) && key.endsWith(hash),
      )
      expect(keys).toHaveLength(place.client.isCluster ? 2 : 1)
      for (const key of keys) {
        const beyond = (await place.client.pexpiretime(key)) - expiries[0]!
        expect(beyond).toBeGreaterThanOrEqual(30_000)
        // A busy server reads its clock more than once.
        expect(beyond).toBeLessThan(31_000)
      }
    })

    async function diesBeforeDecision(old: Credential, some: NewCredential[], tenant?: string) {
      const client = place.open()
      intercepted(client, redeemScript, { before: () => Promise.reject(dead) })
      const store = redisStore(client, { prefix: place.prefix, ...(tenant && { tenant }) })
      await expect(store.redeem(old, some)).rejects.toThrow(dead.message)
    }
  })
})

/** Returns attempts to redeem a token, whose answers share a hash. */
function answered(hash: string, count: number): NewCredential[][] {
  return Array.from({ length: count }, (_, n) => [
    ...successors(),
    fresh({ kind: 'answer', hash, data: `{"sealed":"${n}"}` }),
  ])
}

async function isFound(store: RedisStore, some: NewCredential[], { grant }: Credential) {
  for (const one of some) expect(await store.find(one.hash)).toEqual({ ...one, grant })
}
