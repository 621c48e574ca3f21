import { issues } from '../checked'
import { Failure, equal, holds, within } from '../expect'
import { aCredential, aGrant, aHash, anId, asFound, successors } from '../given'
import { group } from '../group'
import { openHandles } from '../open-handles'
import { storeOf } from '../session'
import { foundAs } from '../trial'

export const life = group('life', 'secure', [
  {
    id: 'pool-leak',
    title: '200 misses and errors, 40 at a time, cost no connection',
    why: 'A connection that is not given back on the way out of an error stops the server after a while.',
    fix: 'Release in `finally`.',
    async run(t) {
      const { grant, credential } = await t.issuedGrant()
      // A connection that is lost here must be missing nowhere else.
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
      await within(5000, foundAs(store, credential, grant, 'A credential'), 'find, afterwards')
      await within(5000, issues(store, aGrant(), [aCredential()]), 'issue, afterwards')
    },
  },
  {
    id: 'reopen',
    needs: ['durable'],
    title: 'what was acknowledged is there for the next instance, after this one was closed',
    why: 'A restart of the server must not sign everybody out.',
    fix: 'Write before you answer.',
    async run(t) {
      const context = t.session.context({ instance: 20 })
      const first = await t.session.open(context)
      const store = t.recorded(storeOf(first))
      const [grant, credential] = [aGrant(), aCredential()]
      await issues(store, grant, [credential])
      await store.redeem(asFound(credential, grant), successors())
      await t.session.close(first)
      const next = t.recorded(storeOf(await t.session.open({ ...context, instance: 21 })))
      await foundAs(next, credential, grant, 'The credential, at the next instance')
      equal(
        (await next.redeem(asFound(credential, grant), successors())).status,
        'replayed',
        'Its second use',
      )
    },
  },
  {
    id: 'borrowed',
    needs: ['alive'],
    title: 'the connection that was lent to the store works on when the store is closed',
    why: "It is the application's: the rest of it goes on using it.",
    fix: 'Close what the store has opened itself, and nothing else.',
    async run(t) {
      const context = t.session.context({ instance: 22 })
      const store = storeOf(await t.session.open(context))
      await store.find(aHash())
      const { close } = store as { close?: () => Promise<void> }
      await close?.call(store)
      holds(await t.raw.alive(context), 'The connection is closed')
    },
  },
  {
    id: 'handles',
    title: 'a store that is closed leaves no timer and no connection, and can be closed twice',
    why: "A process that doesn't end is killed; a test run hangs.",
    fix: 'Clear every timer, end what the store opened, and remember that it is done.',
    async run(t) {
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
      for (let tries = 0; handles.left().length > 0; tries++) {
        if (tries === 100) throw new Failure(`Left open: ${handles.left().join(', ')}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  },
])
