import type { Store, User } from '@oauth2-kit/core'
import { createsUser } from '../checked'
import { equal } from '../expect'
import { aUser, aVersion, nearTexts, nearVersions } from '../given'
import { group } from '../group'
import { entries } from '../traits/entries'
import { notFound } from '../trial'

const { values, list, order, many, gone, again, race, everywhere } = entries('user')

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
  values,
  {
    id: 'extension',
    level: 'secure',
    title: 'extendedGrant() of a 2.4 model refuses unknown grant types and forged assertions',
    why: 'RFC 6749 4.5: anyone could get the tokens of a user by naming the user.',
    fix: 'Compare the grant type with `===`, and verify the assertion before you return a user.',
  },
  {
    id: 'replace',
    needs: ['users'],
    title:
      'updateUser() replaces the whole user and frees its previous username, in every instance',
    why: 'A username that was given up would still lead to the old account.',
    fix: 'Update by id, with one unique index on the username, and cache nothing.',
    async run(t) {
      const stores = (await t.instances(2)).map(withUsers)
      const store = stores[0]!
      const before = aUser({ metadata: { old: true } })
      const after = aUser({ id: before.id })
      const named = async (username: string, wanted: User | null, what: string) => {
        for (const one of stores)
          equal(await one.getUserByUsername(username), wanted, `getUserByUsername() of ${what}`)
      }
      await createsUser(store, before)
      await named(before.username, before, 'the first username')
      await named(after.username, null, 'a username that is not used yet')
      equal(await store.updateUser(after, before.version), true, 'updateUser()')
      await named(before.username, null, 'the previous username')
      await named(after.username, after, 'the new username')
      for (const one of stores) equal(await one.getUser(before.id), after, 'getUser()')
      const next = aUser({ username: before.username })
      await createsUser(store, next)
      await named(before.username, next, 'the freed username')
      await store.deleteUser(next.id, Date.now() + 600_000)
      await named(before.username, null, 'the username of a deleted user')
      const last = aUser({ username: before.username })
      await createsUser(store, last)
      await named(before.username, last, 'the username that is used again after the deletion')
      const back = { ...after, version: aVersion(), username: last.username }
      equal(
        await store.updateUser(back, after.version),
        false,
        'updateUser() to the username that is used again',
      )
      await named(after.username, after, 'the username of the refused update')
      for (const username of [after.username, after.username.toUpperCase(), after.username]) {
        const { version } = after
        Object.assign(after, { version: aVersion(), username })
        equal(await store.updateUser(after, version), true, 'updateUser() to its own username')
        await named(username, after, 'its own username in another case')
      }
      await store.deleteUser(after.id, Date.now() + 600_000)
      await named(before.username, last, 'a username that the deleted user had before')
      await named(after.username, null, 'the username of a user who was renamed and deleted')
      const heir = aUser({ username: after.username })
      await createsUser(store, heir)
      await named(after.username, heir, 'the username that is free after a deletion')
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
      const stores = (await t.instances(4)).map(withUsers)
      const movers = Array.from({ length: 8 }, () => aUser())
      for (const one of movers) await createsUser(store, one)
      const wanted = `${owner.username}-3`
      const moved = await Promise.all(
        movers.map((one, n) => {
          const changed = { ...one, version: aVersion(), username: wanted }
          return stores[n % 4]!.updateUser(changed, one.version)
        }),
      )
      equal(
        moved.filter(Boolean).length,
        1,
        'The number of true from 8 calls of updateUser() to one username at the same time',
      )
      for (const [n, one] of movers.entries()) {
        const name = (await store.getUser(one.id))?.username
        equal(name, moved[n] ? wanted : one.username, 'The username after the race')
      }
      const racers = Array.from({ length: 8 }, () => aUser({ username: `${owner.username}-2` }))
      const outcomes = await Promise.all(racers.map((one, n) => stores[n % 4]!.createUser(one)))
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
      for (const stale of [first.version, aVersion(), ...nearVersions(second.version)]) {
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
      for (let n = 0; n < 2; n++) {
        equal(
          await store.createUser({ ...change, version: aVersion() }),
          false,
          'createUser() with an id that is marked as deleted',
        )
      }
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
  list,
  order,
  many,
  gone,
  again,
  race,
  everywhere,
])

/** Returns the store with its user methods, which its manifest declares. */
export function withUsers(store: Store): Required<Store> {
  return store as Required<Store>
}
