import { issued, successors } from './support/given'
import { onServers } from './support/on-servers'

const attempts = 50

describe('a credential is redeemed once', () => {
  onServers((place) => {
    it(`by one of ${attempts} concurrent attempts; other writes are removed`, async () => {
      const stores = [place.store(), place.store()]
      const old = await issued(stores[0]!)
      const outcomes = await Promise.all(
        Array.from({ length: attempts }, (_, n) => stores[n % 2]!.redeem(old, successors())),
      )
      const redeemed = outcomes.filter(({ status }) => status === 'redeemed')
      const replayed = outcomes.filter(({ status }) => status === 'replayed')
      expect([redeemed.length, replayed.length]).toEqual([1, attempts - 1])
      expect(await place.client.zcard(`${place.prefix}:m:{${old.grant.id}}`)).toBe(3)
    })

    it('and not found after a concurrent revocation has returned', async () => {
      const [one, other] = [place.store(), place.store()]
      for (let round = 0; round < 100; round++) {
        const old = await issued(one)
        const tries = Array.from({ length: 4 }, () => successors())
        const redeeming = tries.map((some) => one.redeem(old, some))
        const extending = tries.map(() => other.extend(old.grant, successors()))
        if (round % 2) await Promise.race(redeeming)
        const by = round % 4 < 2 ? { grantId: old.grant.id } : { userId: old.grant.userId! }
        expect(await other.revoke(by)).toBe(1)
        const everything = [old, ...tries.flat()]
        const found = () => Promise.all(everything.map(({ hash }) => other.find(hash)))
        // Calls that are still in progress have written some of it.
        expect(await found()).toEqual(everything.map(() => null))
        await Promise.all([...redeeming, ...extending])
        expect(await found()).toEqual(everything.map(() => null))
      }
    })
  })
})
