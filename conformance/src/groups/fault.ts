import type { Credential, Grant, Store } from '@oauth2-kit/core'
import { creates, createsUser, grantsOf, issues, redeems } from '../checked'
import { Failure, equal, holds, isError, show } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  aVersion,
  asFound,
  successors,
  withAnswer,
} from '../given'
import { group } from '../group'
import { isReplay } from '../traits/consume'
import { type StoreTrial, foundAs, notFound } from '../trial'
import { withUsers } from './user'

const longestRecoveryMs = 15_000

export const fault = group('fault', 'secure', [
  {
    id: 'error-not-miss',
    needs: ['wire'],
    title: 'with the database down every call rejects with an Error, and works again afterwards',
    why: 'An outage is not an invalid token: taken for one, it signs everybody out.',
    fix: "Let the driver's error through; catch nothing that you don't understand.",
    run: (t) => survives(t, 'refuse', 'With the database down'),
  },
  {
    id: 'deadline',
    needs: ['wire', 'deadline'],
    title: 'with a database that hangs every call rejects in time, and works again afterwards',
    why: 'By default most drivers wait for ever, and so does every request, until nothing is left.',
    fix: "Set the driver's timeouts for connecting and for a command.",
    run: (t) => survives(t, 'stall', 'With a database that hangs'),
  },
  {
    id: 'lost-reply',
    needs: ['wire'],
    title:
      'a redemption whose reply is lost has happened once: the retry has redeemed, others are replays',
    why: 'The reply gets lost in every failover; a retry that looks like a theft costs the user the grant.',
    fix: 'Name the attempt by successors[0].hash, and look at who won after an error.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      for (const kind of ['code', 'refresh'] as const) {
        const { grant, credential } = await t.issuedGrant({ kind })
        const made = withAnswer()
        await t.store.find(credential.hash)
        wire.loseReply()
        const outcome = await store!.redeem(credential, made).catch((error: Error) => error)
        if (!isError(outcome))
          equal(outcome, { status: 'redeemed' }, 'redeem, sent again by the driver')
        await untilItWorks(() => redeems(store!, credential, made))
        isReplay(await t.store.redeem(credential, successors()))
        for (const one of made) await foundAs(t.store, one, grant, 'What the attempt got')
      }
    },
  },
  {
    id: 'record.lost-reply',
    needs: ['wire'],
    title: 'a record whose reply is lost was added or taken: it is not there for a second one',
    why: 'RFC 9126 2.2, RFC 7523 3: what is for one use must not come back with a broken connection.',
    fix: 'Put nothing back after an error, and send no second attempt that counts as the first.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      const record = aRecord()
      wire.loseReply()
      await store!.addRecord(record).catch(() => {})
      wire.restore()
      await untilItWorks(() => store!.getRecord(record.key))
      const { roundTrips } = t.store.supports
      const kept = await t.store.getRecord(record.key)
      // Of several requests it may have been the reply of the first that was lost: then nothing was
      // added, or taken, yet.
      if (roundTrips.addRecord > 1 && kept === null)
        equal(await t.store.addRecord(record), true, 'addRecord, where nothing was added yet')
      else equal(kept, record, 'The record whose reply was lost')
      equal(await t.store.addRecord(record), false, 'addRecord of its key')
      wire.loseReply()
      await store!.takeRecord(record.key).catch(() => {})
      wire.restore()
      await untilItWorks(() => store!.getRecord(record.key))
      const again = await t.store.takeRecord(record.key)
      if (roundTrips.takeRecord > 1 && again !== null)
        equal(again, record, 'The record that was not taken yet')
      else equal(again, null, 'takeRecord, once it was taken')
      equal(await t.store.takeRecord(record.key), null, 'takeRecord, once it was taken')
      equal(await t.store.getRecord(record.key), null, 'getRecord, once it was taken')
    },
  },
  {
    id: 'issue.atomic',
    needs: ['wire'],
    title:
      'issuing that breaks off at any point leaves all of the grant or nothing, and can be tried again',
    why: 'A refresh token without its access token, or without its grant, is one that nobody can revoke.',
    fix: 'One statement for the grant and its credentials, or one transaction.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      await atEveryPoint(t, wire, 'issue', async () => {
        const [grant, made] = [aGrant(), successors()]
        return {
          attempt: () => store!.issue(grant, made, {}),
          check: () => wholeOrNothing(t.store, grant, made),
          again: async () => {
            const next = aGrant()
            await issues(store!, next, [aCredential()])
          },
        }
      })
    },
  },
  {
    id: 'rotate.atomic',
    needs: ['wire'],
    title:
      'a rotation that breaks off at any point leaves the old token or the new ones, never both, never none',
    why: 'Both live: a replay goes unseen. None: the user is signed out.',
    fix: 'Mark the old one and write the new ones in one atomic operation.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      await atEveryPoint(t, wire, 'redeem', async () => {
        const { grant, credential } = await t.issuedGrant()
        const made = withAnswer()
        return {
          attempt: () => store!.redeem(credential, made),
          check: async () => {
            const wrote = await wholeOrNothing(t.store, grant, made)
            const other = successors()
            const { status } = await t.store.redeem(credential, other)
            equal(
              status,
              wrote ? 'replayed' : 'redeemed',
              `Another attempt, where the first one ${wrote ? 'wrote' : 'did not write'} its tokens`,
            )
          },
          again: async () => {
            const next = await t.issuedGrant()
            await redeems(store!, next.credential, successors())
          },
        }
      })
    },
  },
  {
    id: 'revoke.reported',
    needs: ['wire'],
    title: 'a revocation that breaks off is reported, and one that resolves is done',
    why: 'Who signs out, and is told so, must be out.',
    fix: 'Swallow no error in revoke.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      await atEveryPoint(t, wire, 'revoke', async () => {
        const { grant, credential } = await t.issuedGrant()
        let resolved = false
        return {
          attempt: async () => {
            await store!.revoke({ grantId: grant.id })
            resolved = true
          },
          check: async () => {
            if (resolved)
              await notFound(t.store, credential.hash, 'A token, after a revocation that resolved')
          },
          again: async () => {
            await store!.revoke({ grantId: grant.id })
            await notFound(
              t.store,
              credential.hash,
              'A token, after the revocation was tried again',
            )
          },
        }
      })
    },
  },
])

/** All calls reject while the database is away, and work when it is back. */
async function survives(t: StoreTrial, outage: 'refuse' | 'stall', when: string): Promise<void> {
  const {
    wire,
    stores: [store],
  } = await t.wired(1)
  const calls = await everyCall(store!)
  wire[outage]()
  await allReject(calls, deadlineOf(t), when)
  wire.restore()
  await recovers(store!)
}

interface Attempt {
  attempt: () => Promise<unknown>
  /** Looks at what the attempt has left, over a connection that works. */
  check: () => Promise<unknown>
  /** What must work once the connection does. */
  again: () => Promise<unknown>
}

/** Breaks the connection before and after each request of an operation, one point at a time. */
async function atEveryPoint(
  t: StoreTrial,
  wire: { cut(after?: number): void; loseReply(after?: number): void; restore(): void },
  operation: 'issue' | 'redeem' | 'revoke',
  begin: () => Promise<Attempt>,
): Promise<void> {
  const requests = Math.max(1, t.store.supports.roundTrips[operation])
  for (let point = 0; point < requests; point++) {
    for (const breaks of ['cut', 'loseReply'] as const) {
      const { attempt, check, again } = await begin()
      wire[breaks](point)
      await attempt().catch(() => {})
      wire.restore()
      await check()
      await untilItWorks(again)
    }
  }
}

/** Whether all of it is there; fails if there is a part. */
async function wholeOrNothing(
  store: Store,
  grant: Grant,
  made: Parameters<Store['issue']>[1],
): Promise<boolean> {
  const found = await Promise.all(made.map(({ hash }) => store.find(hash)))
  const count = found.filter((one) => one !== null).length
  holds(
    count === 0 || count === made.length,
    `Of ${made.length} credentials, ${count} were written`,
  )
  const listed = await grantsOf(store, { grantId: grant.id })
  if (count > 0)
    equal(listed.length, 1, 'The number of grants that are listed for what was written')
  return count > 0
}

type Calls = Record<string, () => Promise<unknown>>

/** Every method, asked for something that is there. */
async function everyCall(store: Store): Promise<Calls> {
  const client = aClient()
  await creates(store, client)
  const record = aRecord()
  equal(await store.addRecord(record), true, 'addRecord')
  const grants = [aGrant(), aGrant(), aGrant(), aGrant()]
  const credentials: Credential[] = []
  for (const grant of grants) {
    const made = aCredential({ kind: 'access' })
    await issues(store, grant, [made])
    credentials.push(asFound(made, grant))
  }
  const calls: Calls = {
    find: () => store.find(credentials[0]!.hash),
    getClient: () => store.getClient(client.id),
    createClient: () => store.createClient(aClient()),
    updateClient: () => store.updateClient({ ...client, version: aVersion() }, client.version),
    deleteClient: () => store.deleteClient(aClient().id),
    listClients: () => store.listClients({ limit: 1 }),
    issue: () =>
      store.issue(aGrant({ clientId: client.id }), [aCredential()], {
        clientVersion: client.version,
      }),
    redeem: () => store.redeem(credentials[1]!, successors()),
    isRedeemed: () => store.isRedeemed(credentials[0]!),
    extend: () => store.extend(grants[2]!, [aCredential()]),
    revoke: () => store.revoke({ grantId: grants[3]!.id }),
    'revoke by user': () => store.revoke({ userId: grants[3]!.userId! }),
    revokeAccessToken: () => store.revokeAccessToken(credentials[0]!.hash),
    listGrants: () => store.listGrants({ grantId: grants[0]!.id }, { limit: 1 }),
    addRecord: () => store.addRecord(aRecord()),
    getRecord: () => store.getRecord(record.key),
    takeRecord: () => store.takeRecord(record.key),
  }
  if (store.supports.cleanup === 'purge')
    calls['purge'] = () => store.purge({ credentials: 1, shortLived: 1 }, 1)
  if (store.supports.users) {
    const users = withUsers(store)
    const user = aUser()
    await createsUser(store, user)
    calls['getUser'] = () => users.getUser(user.id)
    calls['getUserByUsername'] = () => users.getUserByUsername(user.username)
    calls['createUser'] = () => users.createUser(aUser())
    calls['updateUser'] = () => users.updateUser({ ...user, version: aVersion() }, user.version)
    calls['deleteUser'] = () => users.deleteUser(aUser().id, Date.now() + 600_000)
    calls['listUsers'] = () => users.listUsers({ limit: 1 })
  }
  return calls
}

/** All at once: so it takes as long as the slowest. */
async function allReject(calls: Calls, milliseconds: number, when: string): Promise<void> {
  await Promise.all(
    Object.entries(calls).map(async ([name, call]) => {
      const started = performance.now()
      const outcome = await Promise.race([
        call().then(
          (answer) => new Failure(`${when}, ${name} resolved with ${show(answer)}`),
          (error: unknown) =>
            isError(error) ? null : new Failure(`${name} rejected with ${show(error)}`),
        ),
        later(milliseconds, new Failure(`${when}, ${name} did nothing for ${milliseconds} ms`)),
      ])
      if (outcome) throw outcome
      holds(performance.now() - started < milliseconds + 200, `${when}, ${name} took too long`)
    }),
  )
}

async function recovers(store: Store): Promise<void> {
  await untilItWorks(async () => {
    const [grant, credential] = [aGrant(), aCredential()]
    await issues(store, grant, [credential])
    await foundAs(store, credential, grant, 'What was issued after the recovery')
  })
}

/** Tries again after errors of the connection, for a while: clients take their time to come back. */
async function untilItWorks(work: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + longestRecoveryMs
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (error instanceof Failure && !/did not answer within/.test(error.message)) throw error
      if (performance.now() > end)
        throw new Failure(`It doesn't work again after ${longestRecoveryMs} ms: ${String(error)}`)
      await later(50, null)
    }
  }
}

function later<T>(milliseconds: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, value).unref())
}

function deadlineOf(t: StoreTrial): number {
  return t.session.settings.deadline ?? 10_000
}
