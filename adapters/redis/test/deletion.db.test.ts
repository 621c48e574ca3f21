import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { redisStore } from '@oauth2-kit/redis'
import { aGrant, refOf } from '@oauth2-kit/testing'
import { issueScript } from '../src/scripts/issue'
import { roundsOf } from '../../../test/support/growth'
import { client, fresh, issued, listed, user } from './support/given'
import { intercepted } from './support/intercepted'
import { onServers } from './support/on-servers'

describe('issue() and a deletion', () => {
  onServers((place) => {
    it('issues if the client has that version, or without a condition', async () => {
      const store = place.store({ tenant: randomUUID() })
      const [first, someone] = [client(), user()]
      const second = client({ id: first.id })
      await store.createClient(first)
      await store.createUser(someone)
      const issue = (clientId: string, clientVersion?: string) =>
        store.issue(aGrant({ clientId, userId: someone.id }), [fresh()], { clientVersion })
      expect(await issue(first.id, first.version)).toBe('issued')
      expect(await issue(first.id, first.version.slice(0, -1))).toBe('refused')
      expect(await issue(randomUUID(), first.version)).toBe('refused')
      expect(await issue(randomUUID())).toBe('issued')
      await store.updateClient(second, first.version)
      expect(await issue(first.id, first.version)).toBe('refused')
      expect(await issue(first.id, second.version)).toBe('issued')
      await store.deleteUser(someone.id, Date.now() + 60_000)
      expect(await issue(first.id, second.version)).toBe('refused')
      expect(await store.createUser(someone)).toBe(false)
    })

    it('leaves nothing of a refused grant', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const refused = await store.issue(aGrant(), [fresh(), fresh()], { clientVersion: 'x' })
      expect(refused).toBe('refused')
      expect((await place.keys()).filter((key) => key.includes(tenant))).toEqual([])
    })

    it('leaves no mark for an unknown user', async () => {
      const store = place.store({ tenant: randomUUID() })
      const someone = user()
      await store.deleteUser(someone.id, Date.now() + 60_000)
      expect(await store.createUser(someone)).toBe(true)
    })

    it.each(['client', 'user'] as const)(
      'F8: refuses and removes a grant that is committed after the %s is deleted',
      async (which) => {
        const tenant = randomUUID()
        const store = place.store({ tenant })
        const [some, someone] = [client(), user()]
        await store.createClient(some)
        await store.createUser(someone)
        const slow = place.open()
        const deletion = () =>
          which === 'client'
            ? store.deleteClient(some.id)
            : store.deleteUser(someone.id, Date.now() + 60_000)
        intercepted(slow, issueScript, { before: deletion })
        const grant = aGrant({ clientId: some.id, userId: someone.id })
        const made = [fresh(), fresh({ kind: 'access' })]
        const late = redisStore(slow, { prefix: place.prefix, tenant })
        expect(await late.issue(grant, made, { clientVersion: some.version })).toBe('refused')
        for (const { hash } of made) expect(await store.find(hash)).toBeNull()
        expect(await listed(store, { grantId: grant.id })).toEqual([])
        expect(await listed(store, { clientId: some.id })).toEqual([])
      },
    )

    it('F8: a grant has no effect if its client is deleted before issue() checks it', async () => {
      const tenant = randomUUID()
      const store = place.store({ tenant })
      const some = client()
      await store.createClient(some)
      const slow = place.open()
      const [grant, made] = [aGrant({ clientId: some.id }), fresh()]
      const own = { ...made, grant: refOf(grant) }
      const seen: unknown[] = []
      // Runs after the commit and before issue() has read the client.
      async function after() {
        seen.push(await store.find(made.hash), await listed(store, { clientId: some.id }))
        // The first step of a deletion.
        await place.client.del(`${place.prefix}:@${tenant}:c:${some.id}`)
        if (!slow.isCluster) await store.revoke({ clientId: some.id })
        seen.push(await store.find(made.hash), await listed(store, { clientId: some.id }))
        seen.push(await store.redeem(own, [fresh()]))
      }
      intercepted(slow, issueScript, { after })
      const late = redisStore(slow, { prefix: place.prefix, tenant })
      const outcome = await late.issue(grant, [made], { clientVersion: some.version })
      expect(outcome).toBe(slow.isCluster ? 'refused' : 'issued')
      expect(seen).toEqual([own, [grant], null, [], { status: 'revoked' }])
      expect(await store.find(made.hash)).toBeNull()
    })

    it('F8: leaves no grant of a client or user that is deleted during issue()', async () => {
      const tenant = randomUUID()
      const [one, other] = [place.store({ tenant }), place.store({ tenant })]
      let [before, after] = [0, 0]
      for (let round = 0; round < roundsOf(60) || before === 0 || after === 0; round++) {
        const [some, someone] = [client(), user()]
        await one.createClient(some)
        await one.createUser(someone)
        const made = Array.from({ length: 12 }, () => fresh())
        const issuing = made.map(async (credential, at) => {
          await sleep(at / 4)
          const grant = aGrant({ clientId: some.id, userId: someone.id })
          return one.issue(grant, [credential], { clientVersion: some.version })
        })
        await sleep(round % 4)
        await (round % 2
          ? other.deleteClient(some.id)
          : other.deleteUser(someone.id, Date.now() + 60_000))
        for (const outcome of await Promise.all(issuing)) {
          if (outcome === 'issued') before++
          else after++
        }
        const found = await Promise.all(made.map(({ hash }) => other.find(hash)))
        expect(found).toEqual(made.map(() => null))
        expect(await listed(other, { userId: someone.id })).toEqual([])
      }
      // Otherwise issue() and the deletion never overlapped.
      expect(before).toBeGreaterThan(0)
      expect(after).toBeGreaterThan(0)
    })

    it('F13: keeps one of 20 concurrent client updates, and none after a deletion', async () => {
      const store = place.store({ tenant: randomUUID() })
      const first = client()
      await store.createClient(first)
      const changes = Array.from({ length: 20 }, () => client({ id: first.id }))
      const outcomes = await Promise.all(
        changes.map((change) => store.updateClient(change, first.version)),
      )
      expect(outcomes.filter(Boolean)).toHaveLength(1)
      expect(await store.getClient(first.id)).toEqual(changes[outcomes.indexOf(true)])
      await store.deleteClient(first.id)
      for (const change of changes) {
        expect(await store.updateClient(client({ id: first.id }), change.version)).toBe(false)
      }
      expect(await store.listClients({ limit: 9 })).toEqual([])
    })

    it('a username belongs to one user, in whatever order usernames change', async () => {
      const store = place.store({ tenant: randomUUID() })
      const [ada, bob] = [user({ username: 'ada' }), user({ username: 'bob' })]
      expect(await store.createUser(ada)).toBe(true)
      expect(await store.createUser(bob)).toBe(true)
      expect(await store.createUser(user({ username: 'ada' }))).toBe(false)
      expect(await store.updateUser({ ...bob, version: '2', username: 'ada' }, bob.version)).toBe(
        false,
      )
      expect(await store.updateUser({ ...ada, version: '2', username: 'eve' }, ada.version)).toBe(
        true,
      )
      expect(await store.updateUser({ ...bob, version: '2', username: 'ada' }, bob.version)).toBe(
        true,
      )
      expect((await store.getUserByUsername('ada'))?.id).toBe(bob.id)
      expect(await store.getUserByUsername('bob')).toBeNull()
      await store.deleteUser(ada.id, Date.now())
      const left = await store.listUsers({ limit: 9 })
      expect(left.map(({ id }) => id)).toEqual([bob.id])
    })

    it('deleteClient() revokes the grants of that client only', async () => {
      const store = place.store({ tenant: randomUUID() })
      const some = client()
      await store.createClient(some)
      const [its, other] = [await issued(store, { clientId: some.id }), await issued(store)]
      await store.deleteClient(some.id)
      expect(await store.find(its.hash)).toBeNull()
      expect(await store.find(other.hash)).toEqual(other)
    })
  })
})
