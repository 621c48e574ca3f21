import { equal, rejection } from '../expect'
import { aUser, anId, nearTexts } from '../given'
import type { Store, User } from '@oauth2-kit/core'
import { group } from '../group'
import { notFound } from '../trial'

export const user = group('user', 'contract', [
  {
    id: 'round-trip',
    needs: ['users'],
    title: 'a user comes back as saved, by exactly that name',
    why: 'Whoever signs in as "Ada" must not become "ada".',
    mend: 'Compare usernames byte for byte: a binary collation, no trimming, no normalisation.',
    async run(t) {
      const store = withUsers(t.store)
      const saved = aUser({ metadata: { mail: 'ä@example.com', roles: ['a', null] } })
      await store.saveUser(saved)
      equal(await store.getUser(saved.username), saved, 'getUser')
      for (const near of nearTexts(saved.username)) {
        equal(await store.getUser(near), null, `getUser of ${JSON.stringify(near)}`)
      }
    },
  },
  {
    id: 'replace',
    needs: ['users'],
    title: 'saving a user again replaces it, and frees the name it had',
    why: 'A name that was given up must lead nobody into the old account.',
    mend: 'Update by id; let one unique index on the username do the rest.',
    async run(t) {
      const store = withUsers(t.store)
      const before = aUser({ metadata: { old: true } })
      const after = aUser({ id: before.id })
      await store.saveUser(before)
      await store.saveUser(after)
      equal(await store.getUser(before.username), null, 'getUser by the old name')
      equal(await store.getUser(after.username), after, 'getUser by the new name')
      const next = aUser({ username: before.username })
      await store.saveUser(next)
      equal(await store.getUser(before.username), next, 'getUser by the name that was free again')
    },
  },
  {
    id: 'unique',
    needs: ['users'],
    title: 'a username that another user has is an error, and changes nothing',
    why: 'Whoever can take a name that exists takes the account.',
    mend: 'A unique index on the username; never a look before the write.',
    async run(t) {
      const store = withUsers(t.store)
      const owner = aUser()
      const thief = aUser({ username: owner.username })
      await store.saveUser(owner)
      await rejection(store.saveUser(thief), 'saveUser with the name of another')
      equal(await store.getUser(owner.username), owner, 'getUser afterwards')
      const racers = Array.from({ length: 8 }, () => aUser({ username: `${owner.username}-2` }))
      const outcomes = await Promise.allSettled(racers.map((one) => store.saveUser(one)))
      equal(
        outcomes.filter(({ status }) => status === 'fulfilled').length,
        1,
        'Users who got the name at once',
      )
    },
  },
  {
    id: 'delete',
    needs: ['users'],
    title: 'deleting a user removes it and revokes its grants; an unknown one is fine',
    why: 'Who has left must be out, with every token.',
    mend: 'Revoke by user id in deleteUser too, whether or not there is a row.',
    async run(t) {
      const store = withUsers(t.store)
      const gone = aUser()
      await store.saveUser(gone)
      const { credential } = await t.family({}, { userId: gone.id })
      const other = await t.family()
      await store.deleteUser(gone.id)
      equal(await store.getUser(gone.username), null, 'getUser after deleteUser')
      await notFound(store, credential.hash, 'A token of the deleted user')
      await other.unharmed()
      await store.deleteUser(anId('user'))
    },
  },
])

/** The store, whose manifest says that it keeps users. */
export function withUsers(store: Store): Required<Store> {
  return store as Required<Store>
}

export type { User }
