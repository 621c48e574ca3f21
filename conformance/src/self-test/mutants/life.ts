import type { Mutant } from '../mutant'

/** Timers that a mutant leaves; the self-test clears them. */
export const leftTimers = new Set<NodeJS.Timeout>()

export const lifeMutants: Mutant[] = [
  {
    name: 'updateClient() opens a connection and does not close it',
    caughtBy: 'life.connections',
    served: true,
    also: ['*'],
    breaks: ({ store, connect }) => ({
      async updateClient(client, version) {
        await connect().run('none', { do: 'get', table: 'clients', key: client.id })
        return store.updateClient(client, version)
      },
    }),
  },
  {
    name: 'find() leaks a connection on a miss or error',
    caughtBy: 'life.pool-leak',
    also: ['revoke.everywhere', 'revoke.race', 'issue.everywhere', 'access.again', 'life.*'],
    breaks({ store }) {
      let [underWay, leaked] = [0, 0]
      return {
        async find(hash) {
          if (leaked >= 5) return new Promise<never>(() => {})
          underWay++
          const found = await store.find(hash)
          // The leak shows under many calls at the same time, which hang in the end.
          if (!found && underWay > 8) leaked++
          underWay--
          return found
        },
      }
    },
  },
  {
    name: 'issue() resolves before it has written',
    caughtBy: 'life.reopen',
    also: ['*'],
    breaks({ store }) {
      const waiting: (() => Promise<unknown>)[] = []
      return {
        async issue(grant, credentials, conditions) {
          const write = () => store.issue(grant, credentials, conditions)
          if (grant.data !== '{"scope":"profile"}') return write()
          waiting.push(write)
          if (waiting.length > 1) for (const one of waiting.splice(0)) await one()
          return 'issued'
        },
      }
    },
  },
  {
    name: 'close() closes a connection that belongs to the application',
    caughtBy: 'life.borrowed',
    closesBorrowed: true,
    breaks: ({ store }) => ({ find: store.find }),
  },
  {
    name: 'close() leaves a timer',
    caughtBy: 'life.handles',
    breaks: ({ store }) => {
      let timer: NodeJS.Timeout | undefined
      return {
        async issue(grant, credentials, conditions) {
          timer ??= setInterval(() => {}, 60_000)
          leftTimers.add(timer)
          return store.issue(grant, credentials, conditions)
        },
      }
    },
  },
  {
    name: 'a second close() rejects',
    caughtBy: 'life.handles',
    breaks: () => {
      let closed = false
      return {
        async close() {
          if (closed) throw new Error('The store is already closed')
          closed = true
        },
      }
    },
  },
]
