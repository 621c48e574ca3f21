import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { aClient, aCredential, aGrant, aUser, before, t0 } from '@oauth2-kit/testing'
import { opened, startTimeout } from './support/opened'

const marked = t0 + 60_000

describe.each(['mongodb', 'mongodb-replica'] as const)('a deletion on %s', (name) => {
  describeDatabase(name, (database) => {
    beforeAll(() => database.url(), startTimeout)

    it('leaves no grant that was issued to the client or user at the same time', async () => {
      await using place = await opened(database)
      const { store, db } = place
      for (let round = 0; round < 10; round++) {
        const [client, user] = [aClient(), aUser()]
        await store.createClient(client)
        await store.createUser(user)
        const conditions = { clientVersion: client.version }
        const grants = Array.from({ length: 20 }, (_, n) => {
          const whose = round % 2 === 0 ? { clientId: client.id } : { userId: user.id }
          const grant = aGrant(n === 0 ? { clientId: client.id, userId: user.id } : whose)
          return { grant, credential: aCredential() }
        })
        const issuing = grants.map(({ grant, credential }) =>
          store.issue(grant, [credential], round % 2 === 0 ? conditions : {}),
        )
        await Promise.all([
          round % 2 === 0 ? store.deleteClient(client.id) : store.deleteUser(user.id, marked),
          ...issuing,
        ])
        const found = await Promise.all(grants.map(({ credential }) => store.find(credential.hash)))
        expect(found.filter((one) => one !== null)).toEqual([])
      }
      expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
    })

    it('of a user leaves a mark with only the id and the end of the mark', async () => {
      await using place = await opened(database)
      const { store, db } = place
      const [user, other] = [aUser(), aUser()]
      for (const one of [user, other]) {
        await store.createUser(one)
        await store.deleteUser(one.id, marked)
      }
      expect(await db.collection('oauth_users').find().sort({ _id: 1 }).toArray()).toEqual(
        [user.id, other.id].toSorted().map((_id) => ({ _id, deletedUntil: new Date(marked) })),
      )
      const again = aUser({ username: user.username })
      expect(await store.createUser(again)).toBe(true)
      expect(await store.createUser(user)).toBe(false)
      expect(await store.updateUser(user, user.version)).toBe(false)
      expect(await store.purge(before(marked), 9)).toEqual({ deleted: 0, more: false })
      expect(await store.purge(before(marked + 1), 9)).toEqual({ deleted: 2, more: false })
      expect(await store.createUser(other)).toBe(true)
    })
  })
})
