import type { Store, User } from '@oauth2-kit/core'
import { createsUser } from '../checked'
import { equal, holds } from '../expect'
import { aUser, aVersion, anId, nearTexts } from '../given'
import { group } from '../group'
import { notFound } from '../trial'

export const user = group('user', 'contract', [
  {
    id: 'round-trip',
    needs: ['users'],
    title: 'a user comes back as created, by exactly that id and exactly that name',
    why: 'Whoever signs in as "Ada" must not become "ada".',
    fix: 'Compare ids and usernames byte for byte: a binary collation, no trimming, no normalisation.',
    async run(t) {
      const store = withUsers(t.store)
      const saved = aUser({ metadata: { mail: 'ä@example.com', roles: ['a', null] } })
      await createsUser(store, saved)
      equal(await store.getUser(saved.id), saved, 'getUser')
      equal(await store.getUserByUsername(saved.username), saved, 'getUserByUsername')
      equal(await store.getUser(saved.username), null, 'getUser of a username')
      equal(await store.getUserByUsername(saved.id), null, 'getUserByUsername of an id')
      for (const near of nearTexts(saved.username)) {
        const found = await store.getUserByUsername(near)
        equal(found, null, `getUserByUsername of ${JSON.stringify(near)}`)
      }
      for (const near of nearTexts(saved.id))
        equal(await store.getUser(near), null, `getUser of ${JSON.stringify(near)}`)
    },
  },
  {
    id: 'replace',
    needs: ['users'],
    title: 'changing a user replaces it, and frees the name it had',
    why: 'A name that was given up must lead nobody into the old account.',
    fix: 'Update by id; let one unique index on the username do the rest.',
    async run(t) {
      const store = withUsers(t.store)
      const before = aUser({ metadata: { old: true } })
      const after = aUser({ id: before.id })
      await createsUser(store, before)
      equal(await store.updateUser(after, before.version), true, 'updateUser')
      equal(await store.getUserByUsername(before.username), null, 'The user of the old name')
      equal(await store.getUserByUsername(after.username), after, 'The user of the new name')
      equal(await store.getUser(before.id), after, 'getUser')
      const next = aUser({ username: before.username })
      await createsUser(store, next)
      equal(await store.getUserByUsername(before.username), next, 'Who took the free name')
    },
  },
  {
    id: 'unique',
    needs: ['users'],
    title:
      'a username that another user has is false, to create and to change, and changes nothing',
    why: 'Whoever can take a name that exists takes the account.',
    fix: 'A unique index on the username; never a look before the write.',
    async run(t) {
      const store = withUsers(t.store)
      const [owner, thief] = [aUser(), aUser()]
      await createsUser(store, owner)
      const same = aUser({ username: owner.username })
      equal(await store.createUser(same), false, 'createUser with the name of another')
      equal(await store.getUser(same.id), null, 'Who was to have the name of another')
      await createsUser(store, thief)
      const taking = { ...thief, version: aVersion(), username: owner.username }
      equal(await store.updateUser(taking, thief.version), false, 'updateUser to that name')
      equal(await store.getUser(thief.id), thief, 'Who wanted the name of another')
      equal(await store.getUserByUsername(owner.username), owner, 'The owner of the name')
      const racers = Array.from({ length: 8 }, () => aUser({ username: `${owner.username}-2` }))
      const outcomes = await Promise.all(racers.map((one) => store.createUser(one)))
      const counts = [true, false].map((told) => outcomes.filter((one) => one === told).length)
      equal(counts, [1, 7], 'How many of 8 users got one name at once, and how many did not')
    },
  },
  {
    id: 'create',
    level: 'secure',
    needs: ['users'],
    title: 'creating a user under an id that exists is false, and changes nothing',
    why: 'The second sign-up would take over the account of the first.',
    fix: 'INSERT against the primary key; no upsert.',
    async run(t) {
      const store = withUsers(t.store)
      const first = aUser()
      await createsUser(store, first)
      for (const second of [aUser({ id: first.id }), { ...first, version: aVersion() }]) {
        equal(await store.createUser(second), false, 'createUser of an id that exists')
        equal(await store.getUser(first.id), first, 'The first one, afterwards')
      }
      equal(await store.getUserByUsername(first.username), first, 'Who has the name, afterwards')
    },
  },
  {
    id: 'update',
    level: 'secure',
    needs: ['users'],
    title: 'a change of a version that is not the last one is false, and changes nothing',
    why: 'A sign-in that renews the hash must not undo a change of password at the same moment.',
    fix: 'UPDATE ... WHERE id = ? AND version = ?, and look at the number of rows.',
    async run(t) {
      const store = withUsers(t.store)
      const first = aUser()
      await createsUser(store, first)
      const second = { ...first, version: aVersion(), passwordHash: 'second' }
      equal(await store.updateUser(second, first.version), true, 'updateUser')
      for (const stale of [first.version, aVersion(), '', `${second.version} `]) {
        const lost = aUser({ id: first.id })
        equal(await store.updateUser(lost, stale), false, 'updateUser of another version')
        equal(await store.getUser(first.id), second, 'The user, afterwards')
        equal(await store.getUserByUsername(lost.username), null, 'Who has the name of the change')
      }
    },
  },
  {
    id: 'retry',
    level: 'secure',
    needs: ['users'],
    title: 'creating or changing a user again, because the reply was lost, is true, and once',
    why: 'Somebody who signs up over a bad line is told that the name is taken: by them.',
    fix: 'After a conflict, compare the version that is there with that of the new record.',
    async run(t) {
      const store = withUsers(t.store)
      const first = aUser()
      for (let n = 0; n < 2; n++) await createsUser(store, first)
      const second = aUser({ id: first.id })
      for (let n = 0; n < 2; n++)
        equal(await store.updateUser(second, first.version), true, 'updateUser')
      const third = aUser({ id: first.id })
      equal(await store.updateUser(third, second.version), true, 'updateUser')
      equal(await store.updateUser(second, first.version), false, 'updateUser, once overtaken')
      equal(await store.createUser(first), false, 'createUser, once overtaken')
      equal(await store.getUser(first.id), third, 'The user, afterwards')
    },
  },
  {
    id: 'update-deleted',
    level: 'secure',
    needs: ['users'],
    title: 'what comes after the deletion, a change or a new user of the id, is false',
    why: 'A deleted account that comes back has its old password, and its old tokens count again.',
    fix: 'Update where the version is still the same; insert no id that is marked as deleted.',
    async run(t) {
      const store = withUsers(t.store)
      const gone = aUser()
      await createsUser(store, gone)
      await store.deleteUser(gone.id, Date.now() + 600_000)
      const change = { ...gone, version: aVersion() }
      equal(await store.updateUser(change, gone.version), false, 'updateUser of a deleted user')
      const unknown = aUser()
      equal(
        await store.updateUser(unknown, ''),
        false,
        'updateUser of an unknown one, from version ""',
      )
      equal(await store.getUser(unknown.id), null, 'getUser of the unknown one')
      equal(await store.createUser(change), false, 'createUser of an id that is marked as deleted')
      equal(await store.getUser(gone.id), null, 'getUser afterwards')
      const next = aUser({ username: gone.username })
      await createsUser(store, next)
      equal(await store.getUserByUsername(gone.username), next, 'Who has the name afterwards')
    },
  },
  {
    id: 'delete',
    needs: ['users'],
    title: 'deleting a user removes it and revokes its grants; an unknown one is fine',
    why: 'Who has left must be out, with every token.',
    fix: 'Revoke by user id in deleteUser too, whether or not there is a row.',
    async run(t) {
      const store = withUsers(t.store)
      const [gone, stays] = [aUser(), aUser()]
      for (const one of [gone, stays]) await createsUser(store, one)
      const { credential } = await t.issuedGrant({}, { userId: gone.id })
      const other = await t.issuedGrant()
      const until = Date.now() + 600_000
      for (let n = 0; n < 2; n++) await store.deleteUser(gone.id, until)
      equal(await store.getUser(gone.id), null, 'getUser after deleteUser')
      equal(await store.getUserByUsername(gone.username), null, 'getUserByUsername')
      await notFound(store, credential.hash, 'A token of the deleted user')
      equal(await store.getUser(stays.id), stays, 'Another user')
      await other.unharmed()
      const unknown = await t.issuedGrant()
      await store.deleteUser(unknown.grant.userId!, until)
      await notFound(store, unknown.credential.hash, 'A token of a user who is not in the store')
    },
  },
  {
    id: 'list',
    needs: ['users'],
    title: 'the pages of listUsers hold every user once, in the order of their ids',
    why: 'Who walks the list to find a user, or to export them all, relies on it.',
    fix: 'Order by id in binary order, and go on with id > after.',
    async run(t) {
      const store = withUsers(t.store)
      const prefix = anId('page')
      const saved = Array.from({ length: 5 }, (_, n) => aUser({ id: `${prefix}-${n}` }))
      for (const one of saved.toReversed()) await createsUser(store, one)
      const listed: User[] = []
      for (let after = prefix; listed.length < 5;) {
        const page = await store.listUsers({ after, limit: 2 })
        holds(page.length <= 2, `A page of two has ${page.length} users`)
        holds(
          page.every(({ id }) => id > after),
          'A page goes back',
        )
        const ours = page.filter(({ id }) => id.startsWith(prefix))
        holds(ours.length > 0, 'The pages end too early')
        listed.push(...ours)
        after = ours.at(-1)!.id
      }
      equal(listed, saved, 'The five users, listed two by two')
    },
  },
])

/** The store, whose manifest says that it keeps users. */
export function withUsers(store: Store): Required<Store> {
  return store as Required<Store>
}
