import type { Store } from '@oauth2-kit/core'
import { creates, createsUser, issues, redeems, updates } from '../checked'
import { Failure, equal, holds, within } from '../expect'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aRecord,
  aUser,
  anId,
  asFound,
  successors,
} from '../given'
import { group } from '../group'
import { openHandles } from '../guard/open-handles'
import { storeOf } from '../session'
import { foundAs } from '../trial'

const rounds = 60

export const life = group('life', 'secure', [
  {
    id: 'pool-leak',
    title: '200 misses and errors, 40 at a time, leak no connection',
    why: 'A connection that is not released after an error stops the server after a while.',
    fix: 'Release the connection in `finally`.',
    async run(t) {
      const { grant, credential } = await t.issuedGrant()
      // A separate instance, because a connection that leaks here must not affect other cases.
      const store = await t.another(24)
      for (let round = 0; round < 5; round++) {
        await Promise.all(
          Array.from({ length: 40 }, async (_, n) => {
            if (n % 4 === 0) return store.find(aHash())
            if (n % 4 === 1) return store.getClient(anId('client'))
            if (n % 4 === 2) return store.redeem({ ...credential, hash: aHash() }, successors())
            return store.issue(aGrant(), [credential], {}).catch(() => {})
          }),
        )
      }
      await within(15_000, foundAs(store, credential, grant, 'A credential'), 'find() afterwards')
      await within(15_000, issues(store, aGrant(), [aCredential()]), 'issue() afterwards')
    },
  },
  {
    id: 'connections',
    needs: ['wire'],
    title: '60 rounds of every write, one after the other, open no further connections',
    why: 'A connection for each change of a client reaches the limit of the database after a day.',
    fix: 'Release or close in `finally` every connection that a method takes, also after a success.',
    async run(t) {
      const {
        wire,
        stores: [store],
      } = await t.wired(1)
      await writeEverything(store!)
      const before = wire.connections()
      for (let n = 0; n < rounds; n++) await writeEverything(store!)
      // A pool may have opened a few more, but not one for each round.
      const more = wire.connections() - before
      holds(
        more < rounds / 2,
        `${more} connections were opened in ${rounds} rounds of every write; allowed are ${rounds / 2 - 1}, for a pool that grows`,
      )
    },
  },
  {
    id: 'reopen',
    needs: ['durable'],
    title: 'a new instance finds everything that a closed instance had acknowledged',
    why: 'A restart of the server would sign every user out.',
    fix: 'Write before you resolve the promise.',
    async run(t) {
      const context = t.session.context({ instance: 20 })
      const first = await t.session.open(context)
      const store = t.recorded(storeOf(first))
      const [grant, credential] = [aGrant(), aCredential()]
      await issues(store, grant, [credential])
      await store.redeem(asFound(credential, grant), successors())
      await t.session.close(first)
      const next = t.recorded(storeOf(await t.session.open({ ...context, instance: 21 })))
      await foundAs(next, credential, grant, 'The credential in the next instance')
      equal(
        (await next.redeem(asFound(credential, grant), successors())).status,
        'replayed',
        'The status of its second redeem()',
      )
    },
  },
  {
    id: 'borrowed',
    needs: ['alive'],
    title:
      "the application's connection, passed to the store, still works after the store is closed",
    why: 'The rest of the application still uses the connection.',
    fix: 'Close only what the store opened itself.',
    async run(t) {
      const context = t.session.context({ instance: 22 })
      const store = storeOf(await t.session.open(context))
      await store.find(aHash())
      const { close } = store as { close?: () => Promise<void> }
      await close?.call(store)
      holds(await t.raw.alive(context), 'The store closed the connection of the application')
    },
  },
  {
    id: 'handles',
    title: 'close() leaves no timer and no connection open, and can be called twice',
    why: 'A process that does not end must be killed, and a test run hangs.',
    fix: 'Clear every timer, close what the store opened, and remember that it is closed.',
    async run(t) {
      // What the first second instance of a run opens is not that of this case.
      await t.instances(2)
      using handles = await openHandles(async () => {
        const created = await t.session.open(t.session.context({ instance: 23 }))
        const store = storeOf(created)
        await issues(store, aGrant(), [aCredential()])
        await store.find(aHash())
        const { close } = store as { close?: () => Promise<void> }
        await close?.call(store)
        await close?.call(store)
        await t.session.close(created)
      })
      // A server that stalls closes its end of the connection late.
      for (let tries = 0; handles.left().length > 0; tries++) {
        if (tries === 750) throw new Failure(`Left open: ${handles.left().join(', ')}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  },
])

/** Calls every method that writes, once. */
async function writeEverything(store: Store): Promise<void> {
  const [client, grant, credential] = [aClient(), aGrant(), aCredential()]
  await creates(store, client)
  await updates(store, aClient({ id: client.id }), client.version)
  await issues(store, grant, [credential])
  await redeems(store, asFound(credential, grant), successors())
  await store.extend(grant, [aCredential({ kind: 'access' })])
  await store.revokeAccessToken(aHash())
  const record = aRecord()
  await store.addRecord(record)
  await store.takeRecord(record.key)
  await store.revoke({ grantId: grant.id })
  await store.deleteClient(client.id)
  await store.purge({ credentials: 1, shortLived: 1 }, 10)
  if (!store.supports.users) return
  const user = aUser()
  await createsUser(store, user)
  await store.updateUser?.(aUser({ id: user.id }), user.version)
  await store.deleteUser?.(user.id, 0)
}
