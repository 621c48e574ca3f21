import type { Grant, IssueConditions, NewCredential, Store } from '@oauth2-kit/core'
import { creates, createsUser, grantsOf, issues, updates } from '../checked'
import { awaitedLater, equal, holds, show } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aUser,
  aVersion,
  anId,
  asFound,
  nearVersions,
  successors,
} from '../given'
import { group } from '../group'
import { type StoreTrial, foundAs, notFound } from '../trial'
import { withUsers } from './user'

const slowMs = 40
const rounds = 24
/** The most requests of one call between which a case deletes. */
const mostRequests = 50
const raced = {
  why: 'A client or user that was just deleted gets a live token from a request that was under way.',
  fix: 'Check in the statement that inserts, with a lock on the row or in one script; remove the client, or mark the user, before you revoke.',
}

export const issue = group('issue', 'secure', [
  {
    id: 'version',
    title: 'issue() with a client version other than the current one returns "refused"',
    why: 'A request that was made with old scopes, an old secret or old redirect URIs would still be granted.',
    fix: 'Use INSERT ... SELECT ... WHERE EXISTS on the client with that version.',
    async run({ store }) {
      const [first, other] = [aClient(), aClient()]
      for (const one of [first, other]) await creates(store, one)
      const second = aClient({ id: first.id })
      await issuesOn(store, first.id, first.version)
      await updates(store, second, first.version)
      const near = nearVersions(second.version)
      for (const version of [first.version, other.version, aVersion(), ...near])
        await isRefused(store, { clientId: first.id }, { clientVersion: version })
      await issuesOn(store, first.id, second.version)
      await issuesOn(store, other.id, other.version)
    },
  },
  {
    id: 'client-gone',
    title:
      'issue() for a deleted or unknown client returns "refused", also after the client is created again',
    why: 'A deleted client would get tokens from a request that was under way.',
    fix: 'Use INSERT ... SELECT ... WHERE EXISTS on the client with that version.',
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
    title: 'issue() without "clientVersion" also works for a client that is not in the store',
    why: 'A client known by its metadata URL only, or a user of another database, would get no tokens.',
    fix: 'Use no foreign key on clients or users, and check the client only if a version is given.',
    async run(t) {
      const { store } = t
      for (const grant of [aGrant(), aGrant({ userId: null })]) {
        const credential = aCredential()
        await issues(store, grant, [credential])
        await foundAs(store, credential, grant, 'A credential of a client that is not in the store')
      }
      const gone = aClient()
      await creates(store, gone)
      await store.deleteClient(gone.id)
      const [grant, credential] = [aGrant({ clientId: gone.id }), aCredential()]
      await issues(store, grant, [credential])
      await foundAs(
        store,
        credential,
        grant,
        'A credential of a client that was deleted from the store',
      )
    },
  },
  {
    id: 'user-gone',
    needs: ['users'],
    title:
      'issue() for a deleted user returns "refused", for any client, also if the username is taken again',
    why: 'A deleted user would get tokens from a request that was under way.',
    fix: 'Check the deletion mark of the user id in the statement that inserts.',
    async run(t) {
      const store = withUsers(t.store)
      const [gone, stays] = [aUser(), aUser()]
      const client = aClient({ userId: gone.id })
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
    title: 'issue() works for a user who is not in the store, also after deleteUser() of that id',
    why: 'Users may be kept elsewhere: the store cannot know that a user is back, and would refuse every grant.',
    fix: 'Mark the id of a user only if deleteUser() removed a row.',
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
    id: 'everywhere',
    title: 'issue() refuses at once what another instance has changed or deleted',
    why: 'A client or user that was deleted on one server would still get tokens on the next.',
    fix: 'Check the client and the mark of the user in the database, not in a cache.',
    async run(t) {
      const [one, other] = await t.instances(2)
      const first = aClient()
      await creates(one!, first)
      const look = async () => {
        for (const store of [one!, other!]) {
          for (let n = 0; n < 2; n++) await store.getClient(first.id)
          await store.listClients({ after: first.id.slice(0, -1), limit: 2 })
        }
      }
      await look()
      for (const store of [one!, other!]) await issuesOn(store, first.id, first.version)
      const second = aClient({ id: first.id })
      await updates(one!, second, first.version)
      await isRefused(other!, { clientId: first.id }, { clientVersion: first.version })
      await look()
      for (const store of [one!, other!]) await issuesOn(store, first.id, second.version)
      await one!.deleteClient(first.id)
      await isRefused(other!, { clientId: first.id }, { clientVersion: second.version })
      if (!t.store.supports.users) return
      const [here, there] = [withUsers(one!), withUsers(other!)]
      const user = aUser()
      await createsUser(here, user)
      await issues(there, aGrant({ userId: user.id }), [aCredential()])
      for (const store of [here, there]) {
        await store.getUser(user.id)
        await store.getUserByUsername(user.username)
      }
      await here.deleteUser(user.id, Date.now() + 600_000)
      await isRefused(there, { userId: user.id }, {})
      equal(await there.createUser(aUser({ id: user.id })), false, 'createUser() of a deleted id')
    },
  },
  {
    ...raced,
    id: 'race-client',
    title:
      'find() returns no credential of a client once deleteClient() has resolved, even with issue() under way',
    run: (t) => race(t, clientSubject),
  },
  {
    ...raced,
    id: 'race-again',
    title:
      'a client that is deleted and created again has no credential of an issue() that began before',
    run: (t) => race(t, recreatedSubject),
  },
  {
    ...raced,
    id: 'race-user',
    needs: ['users'],
    title:
      'find() returns no credential of a user once deleteUser() has resolved, even with issue() under way',
    run: (t) => race(t, userSubject),
  },
  {
    ...raced,
    id: 'barrier-client',
    needs: ['wire'],
    title: 'deleteClient() between any two requests of issue() leaves no credential of the client',
    run: (t) => atEveryGap(t, clientSubject),
  },
  {
    ...raced,
    id: 'barrier-user',
    needs: ['wire', 'users'],
    title: 'deleteUser() between any two requests of issue() leaves no credential of the user',
    run: (t) => atEveryGap(t, userSubject),
  },
])

/** Issues a grant on that version of the client, or fails. */
async function issuesOn(store: Store, clientId: string, clientVersion: string): Promise<void> {
  const [grant, credential] = [aGrant({ clientId }), aCredential()]
  await issues(store, grant, [credential], { clientVersion })
  await foundAs(
    store,
    credential,
    grant,
    'A credential issued on the current version of its client',
  )
}

/** Fails unless `issue` returns `refused` and leaves nothing behind. */
async function isRefused(
  store: Store,
  differences: Partial<Grant>,
  conditions: IssueConditions,
): Promise<void> {
  const [grant, made] = [aGrant(differences), successors()]
  const outcome = await store.issue(grant, made, conditions)
  equal(outcome, 'refused', `issue() with ${show({ ...differences, ...conditions })}`)
  for (const { hash } of made) await notFound(store, hash, 'A refused credential')
  equal(await grantsOf(store, { grantId: grant.id }), [], 'listGrants() of the refused grant')
  equal(await store.extend(grant, successors()), 'revoked', 'extend() of the refused grant')
  const { status } = await store.redeem(asFound(made[0]!, grant), successors())
  holds(status !== 'redeemed', 'redeem() of a refused credential returned "redeemed"')
  // The grant id and the hashes are still free.
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

/** Three instances issue while a fourth one deletes, at a different moment in each round. */
async function race(t: StoreTrial, subjectOn: (store: Store) => Promise<Subject>): Promise<void> {
  const stores = await t.instances(4)
  const deleter = stores[3]!
  for (let round = 0; round < rounds; round++) {
    const subject = await subjectOn(t.store)
    const made: NewCredential[] = []
    // Only these must be gone at once: before issue() resolves, a token may be found and refused.
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
    const issued = awaitedLater(Promise.all(issuing))
    for (let turn = 0; turn < round % 6; turn++) await deleter.find(aHash())
    await subject.remove(deleter)
    await noneFound(deleter, acknowledged, 'after the deletion has resolved')
    await issued
    await nothingLeft(deleter, subject, made, 'after every issue() has settled')
  }
}

/** Deletes between any two requests of `issue`, one gap at a time. Its requests are delayed. */
async function atEveryGap(
  t: StoreTrial,
  subjectOn: (store: Store) => Promise<Subject>,
): Promise<void> {
  const {
    wire,
    stores: [issuer],
  } = await t.wired(1)
  const { issue: requests } = t.store.supports.roundTrips
  holds(
    requests <= mostRequests,
    `"supports.roundTrips.issue" declares ${requests} round trips; the suite can interrupt at most ${mostRequests}`,
  )
  for (let gap = 0; gap < requests; gap++) {
    const subject = await subjectOn(t.store)
    const made = successors()
    wire.reset()
    wire.slow(slowMs)
    const progress = { ended: false }
    const issuing = awaitedLater(
      issuer!.issue(subject.grant(), made, subject.conditions).finally(() => {
        progress.ended = true
      }),
    )
    // Wait until this request is on its way and the ones before it have been answered.
    while (wire.trips() <= gap && !progress.ended)
      await new Promise((resolve) => setTimeout(resolve, 1))
    await subject.remove(t.store)
    await issuing
    wire.slow(0)
    await nothingLeft(t.store, subject, made, 'after issue() has resolved')
  }
}

async function nothingLeft(
  store: Store,
  { selector }: Subject,
  made: readonly NewCredential[],
  when: string,
): Promise<void> {
  await noneFound(store, made, when)
  equal(await grantsOf(store, selector), [], `listGrants() ${when}`)
}

async function noneFound(store: Store, made: readonly NewCredential[], when: string) {
  for (let n = 0; n < made.length; n += 6) {
    const found = await Promise.all(made.slice(n, n + 6).map(({ hash }) => store.find(hash)))
    const left = found.filter((one) => one !== null)
    equal(left.length, 0, `The number of credentials, of six, that find() returns ${when}`)
  }
}
