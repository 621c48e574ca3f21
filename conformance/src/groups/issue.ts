import type { Grant, IssueConditions, NewCredential, Store } from '@oauth2-kit/core'
import { creates, createsUser, grantsOf, issues, updates } from '../checked'
import { equal, holds, show } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aUser,
  aVersion,
  anId,
  asFound,
  successors,
} from '../given'
import { group } from '../group'
import { type StoreTrial, foundAs, notFound } from '../trial'
import { withUsers } from './user'

const slowMs = 40
const rounds = 24
const raced = {
  why: 'A client that was thrown out, or a user who has left, gets a live token from a request that was under way.',
  fix: 'Check in the statement that inserts, with a lock on the row or in one script; remove the client, or mark the user, before you revoke.',
}

export const issue = group('issue', 'secure', [
  {
    id: 'version',
    title: 'a grant on a version of the client that is not the last one is refused',
    why: 'What was asked for on the old scopes, secret or redirect URIs must not be granted on them.',
    fix: 'INSERT ... SELECT ... WHERE EXISTS of the client with that version.',
    async run({ store }) {
      const [first, other] = [aClient(), aClient()]
      for (const one of [first, other]) await creates(store, one)
      const second = aClient({ id: first.id })
      await issuesOn(store, first.id, first.version)
      await updates(store, second, first.version)
      for (const version of [first.version, other.version, '', `${second.version} `, aVersion()])
        await isRefused(store, { clientId: first.id }, { clientVersion: version })
      await issuesOn(store, first.id, second.version)
      await issuesOn(store, other.id, other.version)
    },
  },
  {
    id: 'client-gone',
    title:
      'a grant for a client that was deleted, or never was, is refused; so it is after its return',
    why: 'A client that was thrown out must not get in by a request that was under way.',
    fix: 'INSERT ... SELECT ... WHERE EXISTS of the client with that version.',
    async run({ store }) {
      const gone = aClient()
      await isRefused(store, { clientId: gone.id }, { clientVersion: gone.version })
      await creates(store, gone)
      await store.deleteClient(gone.id)
      await isRefused(store, { clientId: gone.id }, { clientVersion: gone.version })
      const again = aClient({ id: gone.id })
      await creates(store, again)
      await isRefused(store, { clientId: gone.id }, { clientVersion: gone.version })
      await issuesOn(store, again.id, again.version)
    },
  },
  {
    id: 'unconditional',
    title: 'without a condition a client that is not kept in the store gets its grants',
    why: 'Clients may be known by their metadata URL, and users by another database.',
    fix: 'No foreign key on clients or users; look at the client only where a version is given.',
    async run(t) {
      const { store } = t
      for (const grant of [aGrant(), aGrant({ userId: null })]) {
        const credential = aCredential()
        await issues(store, grant, [credential])
        await foundAs(store, credential, grant, 'A credential of a client that is not kept')
      }
      const gone = aClient()
      await creates(store, gone)
      await store.deleteClient(gone.id)
      const [grant, credential] = [aGrant({ clientId: gone.id }), aCredential()]
      await issues(store, grant, [credential])
      await foundAs(store, credential, grant, 'A credential of a client that is kept elsewhere now')
    },
  },
  {
    id: 'user-gone',
    needs: ['users'],
    title:
      'a grant of a deleted user is refused, whatever the client, and whoever has the name now',
    why: 'A user who has left must not be in again by a request that was under way.',
    fix: 'Look for the mark of the id in the statement that inserts.',
    async run(t) {
      const store = withUsers(t.store)
      const [gone, stays, client] = [aUser(), aUser(), aClient()]
      for (const one of [gone, stays]) await createsUser(store, one)
      await creates(store, client)
      const conditions = { clientVersion: client.version }
      await issues(store, aGrant({ userId: gone.id }), [aCredential()])
      await store.deleteUser(gone.id, Date.now() + 600_000)
      const refused = async () => {
        await isRefused(store, { userId: gone.id }, {})
        await isRefused(store, { userId: gone.id, clientId: client.id }, conditions)
      }
      await refused()
      const next = aUser({ username: gone.username })
      await createsUser(store, next)
      await refused()
      for (const userId of [next.id, stays.id, null, anId('user')]) {
        await issues(store, aGrant({ userId, clientId: client.id }), [aCredential()], conditions)
        await issues(store, aGrant({ userId }), [aCredential()])
      }
    },
  },
  {
    id: 'user-unknown',
    needs: ['users'],
    title: 'a user who is not in the store gets grants, also after a deletion of that id',
    why: 'Users may be kept elsewhere: nobody says here that they are back.',
    fix: 'Mark the id of a user whose row was removed, and no other.',
    async run(t) {
      const store = withUsers(t.store)
      const userId = anId('user')
      await issues(store, aGrant({ userId }), [aCredential()])
      await store.deleteUser(userId, Date.now() + 600_000)
      const [grant, credential] = [aGrant({ userId }), aCredential()]
      await issues(store, grant, [credential])
      await foundAs(store, credential, grant, 'A credential of a user who is not in the store')
    },
  },
  {
    ...raced,
    id: 'race-client',
    title: 'nothing of a client is found once its deletion has resolved, whatever was under way',
    run: (t) => race(t, clientSubject),
  },
  {
    ...raced,
    id: 'race-again',
    title: 'a client that was deleted and created again has nothing of what was under way before',
    run: (t) => race(t, recreatedSubject),
  },
  {
    ...raced,
    id: 'race-user',
    needs: ['users'],
    title: 'nothing of a user is found once the deletion has resolved, whatever was under way',
    run: (t) => race(t, userSubject),
  },
  {
    ...raced,
    id: 'barrier-client',
    needs: ['wire'],
    title: 'a deletion of the client between any two requests of issue leaves nothing of it',
    run: (t) => atEveryGap(t, clientSubject),
  },
  {
    ...raced,
    id: 'barrier-user',
    needs: ['wire', 'users'],
    title: 'a deletion of the user between any two requests of issue leaves nothing of it',
    run: (t) => atEveryGap(t, userSubject),
  },
])

/** Issues on a client, or fails. */
async function issuesOn(store: Store, clientId: string, clientVersion: string): Promise<void> {
  const [grant, credential] = [aGrant({ clientId }), aCredential()]
  await issues(store, grant, [credential], { clientVersion })
  await foundAs(store, credential, grant, 'What was issued on a client')
}

/** Fails unless issuing is refused and has left nothing behind. */
async function isRefused(
  store: Store,
  differences: Partial<Grant>,
  conditions: IssueConditions,
): Promise<void> {
  const [grant, made] = [aGrant(differences), successors()]
  const outcome = await store.issue(grant, made, conditions)
  equal(outcome, 'refused', `issue with ${show({ ...differences, ...conditions })}`)
  for (const { hash } of made) await notFound(store, hash, 'What was refused')
  equal(await grantsOf(store, { grantId: grant.id }), [], 'The grant that was refused')
  equal(await store.extend(grant, successors()), 'revoked', 'extend of it')
  const { status } = await store.redeem(asFound(made[0]!, grant), successors())
  holds(status !== 'redeemed', 'A credential that was refused was redeemed')
  // Neither the id nor a hash is taken.
  await issues(store, { ...grant, userId: anId('user') }, made)
}

/** A client or user that is deleted while grants are issued to it. */
interface Subject {
  grant: () => Grant
  conditions: IssueConditions
  remove: (store: Store) => Promise<void>
  selector: { clientId: string } | { userId: string }
}

async function clientSubject(store: Store): Promise<Subject> {
  const { id, version } = await created(store)
  return {
    grant: () => aGrant({ clientId: id }),
    conditions: { clientVersion: version },
    remove: (other) => other.deleteClient(id),
    selector: { clientId: id },
  }
}

async function recreatedSubject(store: Store): Promise<Subject> {
  const { id, version } = await created(store)
  return {
    grant: () => aGrant({ clientId: id }),
    conditions: { clientVersion: version },
    async remove(other) {
      await other.deleteClient(id)
      await creates(other, aClient({ id }))
    },
    selector: { clientId: id },
  }
}

async function userSubject(store: Store): Promise<Subject> {
  const { id, version } = await created(store)
  const user = aUser()
  await createsUser(store, user)
  return {
    grant: () => aGrant({ clientId: id, userId: user.id }),
    conditions: { clientVersion: version },
    remove: (other) => withUsers(other).deleteUser(user.id, Date.now() + 600_000),
    selector: { userId: user.id },
  }
}

async function created(store: Store) {
  const client = aClient()
  await creates(store, client)
  return client
}

/** Several who issue, and one who deletes meanwhile, at another moment in each round. */
async function race(t: StoreTrial, subjectOn: (store: Store) => Promise<Subject>): Promise<void> {
  const stores = await t.instances(4)
  const deleter = stores[3]!
  for (let round = 0; round < rounds; round++) {
    const subject = await subjectOn(t.store)
    const made: NewCredential[] = []
    // What is still being issued nobody has yet: it may be found, as long as it is refused.
    const acknowledged: NewCredential[] = []
    const issuing = stores.slice(0, 3).map(async (store) => {
      for (let n = 0; n < 8; n++) {
        const fresh = successors()
        made.push(...fresh)
        const outcome = await store.issue(subject.grant(), fresh, subject.conditions)
        if (outcome === 'refused') return
        acknowledged.push(...fresh)
      }
    })
    const issued = Promise.all(issuing)
    issued.catch(() => {})
    for (let turn = 0; turn < round % 6; turn++) await deleter.find(aHash())
    await subject.remove(deleter)
    await noneFound(deleter, acknowledged, 'once the deletion has resolved')
    await issued
    await nothingLeft(deleter, subject, made, 'once those who issued have ended')
  }
}

/** Deletes between any two requests of `issue`, one gap at a time: its requests are slow meanwhile. */
async function atEveryGap(
  t: StoreTrial,
  subjectOn: (store: Store) => Promise<Subject>,
): Promise<void> {
  const {
    wire,
    stores: [issuer],
  } = await t.wired(1)
  for (let gap = 0; gap < t.store.supports.roundTrips.issue; gap++) {
    const subject = await subjectOn(t.store)
    const made = successors()
    wire.reset()
    wire.slow(slowMs)
    const progress = { ended: false }
    const issuing = issuer!.issue(subject.grant(), made, subject.conditions).finally(() => {
      progress.ended = true
    })
    issuing.catch(() => {})
    // The request is on its way, and those before it have been answered.
    while (wire.trips() <= gap && !progress.ended)
      await new Promise((resolve) => setTimeout(resolve, 1))
    await subject.remove(t.store)
    await issuing
    wire.slow(0)
    await nothingLeft(t.store, subject, made, 'once issue has resolved')
  }
}

async function nothingLeft(
  store: Store,
  { selector }: Subject,
  made: readonly NewCredential[],
  when: string,
): Promise<void> {
  await noneFound(store, made, when)
  equal(await grantsOf(store, selector), [], `The grants that are listed ${when}`)
}

async function noneFound(store: Store, made: readonly NewCredential[], when: string) {
  for (let n = 0; n < made.length; n += 6) {
    const found = await Promise.all(made.slice(n, n + 6).map(({ hash }) => store.find(hash)))
    const left = found.filter((one) => one !== null)
    equal(left.length, 0, `How many credentials, of six, are found ${when}`)
  }
}
