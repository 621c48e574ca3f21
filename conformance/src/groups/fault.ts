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
  anId,
  asFound,
  successors,
  withAnswer,
} from '../given'
import { group } from '../group'
import { promptly } from '../guard/promptly'
import { isReplay } from '../traits/consume'
import { type StoreTrial, foundAs, notFound } from '../trial'
import type { Wire } from '../wire'
import { withUsers } from './user'

const longestRecoveryMs = 15_000
/** The most requests of one call that a case interrupts one by one. */
const mostRequests = 50
/** How many requests of a call that revokes several grants a case interrupts. */
const pointsOfMany = 4

export const fault = group('fault', 'secure', [
  {
    id: 'error-not-miss',
    needs: ['wire'],
    title:
      'every call rejects with an Error while the database is down, and works again afterwards',
    why: 'If an outage looks like an invalid token, every user is signed out.',
    fix: 'Pass on the errors of the driver, and catch no error that you do not handle.',
    run: (t) => survives(t, 'refuse', 'While the database is down'),
  },
  {
    id: 'deadline',
    needs: ['wire', 'deadline'],
    title:
      'every call rejects within the deadline while the database hangs, and works again afterwards',
    why: 'Most drivers wait forever by default, so requests pile up until the server has no resources left.',
    fix: 'Set the timeouts of the driver for connecting and for a command.',
    run: (t) => survives(t, 'stall', 'While the database hangs'),
  },
  {
    id: 'lost-reply',
    needs: ['wire'],
    title:
      'after a lost reply, a retry of redeem() returns "redeemed", and any other attempt "replayed"',
    why: 'Replies get lost in every failover; a retry that looks like theft costs the user the grant.',
    fix: 'Identify the attempt by successors[0].hash, and check after an error which attempt won.',
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
          equal(outcome, { status: 'redeemed' }, 'redeem(), sent again by the driver')
        await untilItWorks(() => redeems(store!, credential, made))
        isReplay(await t.store.redeem(credential, successors()))
        for (const one of made) await foundAs(t.store, one, grant, 'A successor of the attempt')
      }
    },
  },
  {
    id: 'record.lost-reply',
    needs: ['wire'],
    title:
      'addRecord() and takeRecord() take effect once, even if the reply is lost, and do not report the opposite',
    why: 'RFC 9126 2.2, RFC 7523 3: a one-time record that comes back after a broken connection is used twice.',
    fix: 'Reject after a lost reply; if the driver sends the command again, let it recognize its own attempt.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      const record = aRecord()
      wire.loseReply()
      const added = await store!.addRecord(record).catch((error: Error) => error)
      if (!isError(added))
        equal(added, true, 'addRecord(), sent again by the driver after the reply was lost')
      wire.restore()
      await untilItWorks(() => store!.getRecord(record.key))
      const { roundTrips } = t.store.supports
      const kept = await t.store.getRecord(record.key)
      // If the call takes several requests, the lost reply may be that of the first one: then
      // nothing has been added or taken yet.
      if (roundTrips.addRecord > 1 && kept === null)
        equal(await t.store.addRecord(record), true, 'addRecord() when nothing was added yet')
      else equal(kept, record, 'getRecord() after addRecord() with a lost reply')
      equal(await t.store.addRecord(record), false, 'addRecord() of the same key')
      wire.loseReply()
      const taken = await store!.takeRecord(record.key).catch((error: Error) => error)
      if (!isError(taken))
        equal(taken, record, 'takeRecord(), sent again by the driver after the reply was lost')
      wire.restore()
      await untilItWorks(() => store!.getRecord(record.key))
      const again = await t.store.takeRecord(record.key)
      if (roundTrips.takeRecord > 1 && again !== null)
        equal(again, record, 'takeRecord() when nothing was taken yet')
      else equal(again, null, 'takeRecord() after the record was taken')
      equal(await t.store.takeRecord(record.key), null, 'takeRecord() after the record was taken')
      equal(await t.store.getRecord(record.key), null, 'getRecord() after the record was taken')
    },
  },
  {
    id: 'issue.atomic',
    needs: ['wire'],
    title:
      'issue() interrupted at any point has written the whole grant or nothing, and then works again',
    why: 'A refresh token without its access token, or without its grant, could never be revoked.',
    fix: 'Use one statement for the grant and its credentials, or one transaction.',
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
      'redeem() interrupted at any point leaves the old token or the new ones valid, never both or neither',
    why: 'If both are valid, a replay goes undetected; if neither is, the user is signed out.',
    fix: 'Mark the old token and write the new ones in one atomic operation.',
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
              `redeem() by another attempt, after the first one ${wrote ? 'wrote' : 'did not write'} its tokens`,
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
    title:
      'revoke() interrupted at any point rejects unless the grant is revoked, and can be retried',
    why: 'A user whose sign-out is reported as successful would still be signed in.',
    fix: 'Do not swallow errors in revoke().',
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
              await notFound(t.store, credential.hash, 'A token after revoke() resolved')
          },
          again: async () => {
            await store!.revoke({ grantId: grant.id })
            await notFound(t.store, credential.hash, 'A token after revoke() was retried')
          },
        }
      })
    },
  },
  {
    id: 'revoke.all-reported',
    needs: ['wire'],
    title:
      'revoke() by user or client, deleteClient() and deleteUser() that are interrupted reject unless every grant is revoked',
    why: 'A user whose sign-out everywhere is reported as successful would still be signed in on some devices.',
    fix: 'Await every part with Promise.all, not Promise.allSettled, and swallow no error.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      const ways: Record<string, (ids: Pick<Grant, 'userId' | 'clientId'>) => Promise<unknown>> = {
        'revoke() by user': ({ userId }) => store!.revoke({ userId: userId! }),
        'revoke() by client': ({ clientId }) => store!.revoke({ clientId }),
        'deleteClient()': ({ clientId }) => store!.deleteClient(clientId),
        ...(t.store.supports.users && {
          'deleteUser()': ({ userId }) => store!.deleteUser!(userId!, Date.now() + 60_000),
        }),
      }
      for (const [what, act] of Object.entries(ways)) {
        await atEveryPoint(t, wire, pointsOfMany, begin)
        // An outage that begins after the first request.
        await atPoint(wire, 'refuse', 1, begin)
        async function begin(): Promise<Attempt> {
          const [userId, clientId] = [anId('user'), anId('client')]
          const issued = Array.from({ length: 3 }, () => ({
            grant: aGrant({ userId, clientId }),
            credential: aCredential(),
          }))
          for (const { grant, credential } of issued) await issues(t.store, grant, [credential])
          let resolved = false
          const allGone = async (when: string) => {
            for (const { credential } of issued)
              await notFound(t.store, credential.hash, `A token after ${what} ${when}`)
          }
          return {
            attempt: async () => {
              await act({ userId, clientId })
              resolved = true
            },
            check: async () => {
              if (resolved) await allGone('resolved')
            },
            again: async () => {
              await act({ userId, clientId })
              await allGone('was retried')
            },
          }
        }
      }
    },
  },
])

/** Fails unless all calls reject while the database is unavailable, and work afterwards. */
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

type Breakable = Pick<Wire, 'cut' | 'loseReply' | 'refuse' | 'restore'>

interface Attempt {
  attempt: () => Promise<unknown>
  /** Checks what the attempt left behind, over a connection that works. */
  check: () => Promise<unknown>
  /** Does what must work after the connection is restored. */
  again: () => Promise<unknown>
}

/**
 * Breaks the connection before and after each request of an operation, one point at a time.
 * `operation` is the name of a method in the manifest, or how many requests to interrupt.
 */
async function atEveryPoint(
  t: StoreTrial,
  wire: Breakable,
  operation: 'issue' | 'redeem' | 'revoke' | number,
  begin: () => Promise<Attempt>,
): Promise<void> {
  const requests =
    typeof operation === 'number' ? operation : Math.max(1, t.store.supports.roundTrips[operation])
  holds(
    requests <= mostRequests,
    `"supports.roundTrips.${operation}" declares ${requests} round trips; the suite can interrupt at most ${mostRequests}`,
  )
  for (let point = 0; point < requests; point++) {
    for (const fault of ['cut', 'loseReply'] as const) await atPoint(wire, fault, point, begin)
  }
}

async function atPoint(
  wire: Breakable,
  fault: 'cut' | 'loseReply' | 'refuse',
  point: number,
  begin: () => Promise<Attempt>,
): Promise<void> {
  const { attempt, check, again } = await begin()
  wire[fault](point)
  await attempt().catch(() => {})
  wire.restore()
  await check()
  await untilItWorks(again)
}

/** Returns whether all credentials were written; fails if only some were. */
async function wholeOrNothing(
  store: Store,
  grant: Grant,
  made: Parameters<Store['issue']>[1],
): Promise<boolean> {
  const found = await Promise.all(made.map(({ hash }) => store.find(hash)))
  const count = found.filter((one) => one !== null).length
  holds(
    count === 0 || count === made.length,
    `Of ${made.length} credentials of one call, ${count} were written; allowed are all or none`,
  )
  const listed = await grantsOf(store, { grantId: grant.id })
  if (count > 0)
    equal(
      listed.length,
      1,
      'The number of grants that listGrants() returns for the written credentials',
    )
  return count > 0
}

type Calls = Record<string, () => Promise<unknown>>

/** Returns a call of every method, for something that exists. */
async function everyCall(store: Store): Promise<Calls> {
  const client = aClient()
  await creates(store, client)
  const record = aRecord()
  equal(await store.addRecord(record), true, 'addRecord()')
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

/** Makes all calls at the same time, so that it takes only as long as the slowest one. */
async function allReject(calls: Calls, milliseconds: number, when: string): Promise<void> {
  await Promise.all(
    Object.entries(calls).map(async ([name, call]) => {
      const outcome = () =>
        call().then(
          (answer) => new Failure(`${when}, ${name} resolved with ${show(answer)}`),
          (error: unknown) => {
            // The suite's own limit is not an answer of the store.
            if (error instanceof Failure) return error
            return isError(error)
              ? null
              : new Failure(`${name} rejected with ${show(error)}, which is not an Error`)
          },
        )
      const failure = await promptly(milliseconds, outcome, `${when}, ${name}`)
      if (failure) throw failure
    }),
  )
}

async function recovers(store: Store): Promise<void> {
  await untilItWorks(async () => {
    const [grant, credential] = [aGrant(), aCredential()]
    await issues(store, grant, [credential])
    await foundAs(store, credential, grant, 'A credential issued after the recovery')
  })
}

/** Retries for a while after connection errors, since clients take time to reconnect. */
async function untilItWorks(work: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + longestRecoveryMs
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (error instanceof Failure && !/did not answer within/.test(error.message)) throw error
      if (performance.now() > end)
        throw new Failure(
          `The store does not work again ${longestRecoveryMs} ms after the database is back, the time that the suite allows: ${String(error)}`,
        )
      await pause(50)
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function deadlineOf(t: StoreTrial): number {
  return t.session.settings.deadline ?? 10_000
}
