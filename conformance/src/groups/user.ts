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
    title:
      'getUser() and getUserByUsername() return a user as created, by its exact id and username only',
    why: 'Someone who signs in as "Ada" would get the account of "ada".',
    fix: 'Compare ids and usernames byte for byte: use a binary collation, no trimming and no normalisation.',
    async run(t) {
      const store = withUsers(t.store)
      const saved = aUser({ metadata: { mail: 'ä@example.com', roles: ['a', null] } })
      await createsUser(store, saved)
      equal(await store.getUser(saved.id), saved, 'getUser()')
      equal(await store.getUserByUsername(saved.username), saved, 'getUserByUsername()')
      equal(await store.getUser(saved.username), null, 'getUser() of a username')
      equal(await store.getUserByUsername(saved.id), null, 'getUserByUsername() of an id')
      for (const near of nearTexts(saved.username)) {
        const found = await store.getUserByUsername(near)
        equal(found, null, `getUserByUsername() of ${JSON.stringify(near)}`)
      }
      for (const near of nearTexts(saved.id))
        equal(await store.getUser(near), null, `getUser() of ${JSON.stringify(near)}`)
    },
  },
  {
    id: 'replace',
    needs: ['users'],
    title: 'updateUser() replaces the whole user and frees its previous username',
    why: 'A username that was given up would still lead to the old account.',
    fix: 'Update by id, with one unique index on the username.',
    async run(t) {
      const store = withUsers(t.store)
      const before = aUser({ metadata: { old: true } })
      const after = aUser({ id: before.id })
      await createsUser(store, before)
      equal(await store.updateUser(after, before.version), true, 'updateUser()')
      equal(
        await store.getUserByUsername(before.username),
        null,
        'getUserByUsername() of the previous username',
      )
      equal(
        await store.getUserByUsername(after.username),
        after,
        'getUserByUsername() of the new username',
      )
      equal(await store.getUser(before.id), after, 'getUser()')
      const next = aUser({ username: before.username })
      await createsUser(store, next)
      equal(
        await store.getUserByUsername(before.username),
        next,
        'getUserByUsername() of the freed username',
      )
    },
  },
  {
    id: 'unique',
    needs: ['users'],
    title:
      'createUser() and updateUser() with the username of another user return false and change nothing',
    why: 'Anyone who can take an existing username takes over the account.',
    fix: 'Use a unique index on the username, and do not look it up before the write.',
    async run(t) {
      const store = withUsers(t.store)
      const [owner, thief] = [aUser(), aUser()]
      await createsUser(store, owner)
      const same = aUser({ username: owner.username })
      equal(await store.createUser(same), false, 'createUser() with the username of another user')
      equal(await store.getUser(same.id), null, 'getUser() of the refused user')
      await createsUser(store, thief)
      const taking = { ...thief, version: aVersion(), username: owner.username }
      equal(
        await store.updateUser(taking, thief.version),
        false,
        'updateUser() with the username of another user',
      )
      equal(await store.getUser(thief.id), thief, 'getUser() after the refused update')
      equal(
        await store.getUserByUsername(owner.username),
        owner,
        'getUserByUsername() of the owner',
      )
      const racers = Array.from({ length: 8 }, () => aUser({ username: `${owner.username}-2` }))
      const outcomes = await Promise.all(racers.map((one) => store.createUser(one)))
      const counts = [true, false].map((told) => outcomes.filter((one) => one === told).length)
      equal(
        counts,
        [1, 7],
        'The numbers of true and false from 8 calls of createUser() with one username at the same time',
      )
    },
  },
  {
    id: 'create',
    level: 'secure',
    needs: ['users'],
    title: 'createUser() with an existing id returns false and changes nothing',
    why: 'The second sign-up would take over the account of the first.',
    fix: 'Use INSERT against the primary key, and no upsert.',
    async run(t) {
      const store = withUsers(t.store)
      const first = aUser()
      await createsUser(store, first)
      for (const second of [aUser({ id: first.id }), { ...first, version: aVersion() }]) {
        equal(await store.createUser(second), false, 'createUser() with an existing id')
        equal(await store.getUser(first.id), first, 'getUser() afterwards')
      }
      equal(await store.getUserByUsername(first.username), first, 'getUserByUsername() afterwards')
    },
  },
  {
    id: 'update',
    level: 'secure',
    needs: ['users'],
    title:
      'updateUser() with a version other than the current one returns false and changes nothing',
    why: 'A sign-in that renews the hash would undo a change of password at the same moment.',
    fix: 'Use UPDATE ... WHERE id = ? AND version = ?, and check the number of rows.',
    async run(t) {
      const store = withUsers(t.store)
      const first = aUser()
      await createsUser(store, first)
      const second = { ...first, version: aVersion(), passwordHash: 'second' }
      equal(await store.updateUser(second, first.version), true, 'updateUser()')
      for (const stale of [first.version, aVersion(), '', `${second.version} `]) {
        const lost = aUser({ id: first.id })
        equal(await store.updateUser(lost, stale), false, 'updateUser() with another version')
        equal(await store.getUser(first.id), second, 'getUser() afterwards')
        equal(
          await store.getUserByUsername(lost.username),
          null,
          'getUserByUsername() of the refused update',
        )
      }
    },
  },
  {
    id: 'retry',
    level: 'secure',
    needs: ['users'],
    title: 'createUser() and updateUser() return true for a retry, which changes nothing more',
    why: 'A user who signs up over a bad connection would see the username as taken, by themselves.',
    fix: 'After a conflict, compare the stored version with the version of the new user.',
    async run(t) {
      const store = withUsers(t.store)
      const first = aUser()
      for (let n = 0; n < 2; n++) await createsUser(store, first)
      const second = aUser({ id: first.id })
      for (let n = 0; n < 2; n++)
        equal(await store.updateUser(second, first.version), true, 'updateUser()')
      const third = aUser({ id: first.id })
      equal(await store.updateUser(third, second.version), true, 'updateUser()')
      equal(
        await store.updateUser(second, first.version),
        false,
        'updateUser() after a later update',
      )
      equal(await store.createUser(first), false, 'createUser() after a later update')
      equal(await store.getUser(first.id), third, 'getUser() afterwards')
    },
  },
  {
    id: 'update-deleted',
    level: 'secure',
    needs: ['users'],
    title: 'updateUser() and createUser() with the id of a deleted user return false',
    why: 'A deleted account that comes back has its old password, and its old tokens work again.',
    fix: 'Update only if the version still matches, and insert no id that is marked as deleted.',
    async run(t) {
      const store = withUsers(t.store)
      const gone = aUser()
      await createsUser(store, gone)
      await store.deleteUser(gone.id, Date.now() + 600_000)
      const change = { ...gone, version: aVersion() }
      equal(await store.updateUser(change, gone.version), false, 'updateUser() of a deleted user')
      const unknown = aUser()
      equal(
        await store.updateUser(unknown, ''),
        false,
        'updateUser() of an unknown user, from version ""',
      )
      equal(await store.getUser(unknown.id), null, 'getUser() of the unknown user')
      equal(
        await store.createUser(change),
        false,
        'createUser() with an id that is marked as deleted',
      )
      equal(await store.getUser(gone.id), null, 'getUser() afterwards')
      const next = aUser({ username: gone.username })
      await createsUser(store, next)
      equal(
        await store.getUserByUsername(gone.username),
        next,
        'getUserByUsername() of the new user with that username',
      )
    },
  },
  {
    id: 'delete',
    needs: ['users'],
    title: 'deleteUser() removes the user, revokes its grants, and resolves for an unknown id',
    why: 'A deleted user could still use the tokens.',
    fix: 'Revoke by user id in deleteUser(), whether or not a row exists.',
    async run(t) {
      const store = withUsers(t.store)
      const [gone, stays] = [aUser(), aUser()]
      for (const one of [gone, stays]) await createsUser(store, one)
      const { credential } = await t.issuedGrant({}, { userId: gone.id })
      const other = await t.issuedGrant()
      const until = Date.now() + 600_000
      for (let n = 0; n < 2; n++) await store.deleteUser(gone.id, until)
      equal(await store.getUser(gone.id), null, 'getUser() after deleteUser()')
      equal(
        await store.getUserByUsername(gone.username),
        null,
        'getUserByUsername() after deleteUser()',
      )
      await notFound(store, credential.hash, 'A token of the deleted user')
      equal(await store.getUser(stays.id), stays, 'getUser() of another user')
      await other.unharmed()
      const unknown = await t.issuedGrant()
      await store.deleteUser(unknown.grant.userId!, until)
      await notFound(store, unknown.credential.hash, 'A token of a user who is not in the store')
    },
  },
  {
    id: 'list',
    needs: ['users'],
    title: 'the pages of listUsers() contain every user once, in the order of their ids',
    why: 'A program that reads the list to find or export users would miss some, or get some twice.',
    fix: 'Order by id in binary order, and continue with id > after.',
    async run(t) {
      const store = withUsers(t.store)
      const prefix = anId('page')
      const saved = Array.from({ length: 5 }, (_, n) => aUser({ id: `${prefix}-${n}` }))
      for (const one of saved.toReversed()) await createsUser(store, one)
      const listed: User[] = []
      for (let after = prefix; listed.length < 5;) {
        const page = await store.listUsers({ after, limit: 2 })
        holds(page.length <= 2, `listUsers() with a limit of 2 returned ${page.length} users`)
        holds(
          page.every(({ id }) => id > after),
          'listUsers() returned an id that does not follow "after"',
        )
        const ours = page.filter(({ id }) => id.startsWith(prefix))
        holds(ours.length > 0, 'The pages of listUsers() end too early')
        listed.push(...ours)
        after = ours.at(-1)!.id
      }
      equal(listed, saved, 'The five users, listed in pages of two')
    },
  },
])

/** Returns the store with its user methods, which its manifest declares. */
export function withUsers(store: Store): Required<Store> {
  return store as Required<Store>
}
