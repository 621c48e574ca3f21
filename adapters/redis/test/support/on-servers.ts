import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import type { RedisOptions } from 'ioredis'
import {
  type RedisClient,
  type RedisStore,
  type RedisStoreOptions,
  redisStore,
} from '@oauth2-kit/redis'
import { clientOf, keysOf } from './servers'

/** A server or Cluster. All keys that begin with the prefix belong to the test. */
export interface Place {
  readonly url: string
  /** The prefix of the test's keys. */
  readonly prefix: string
  /** A client without a prefix, for direct access to the keys. */
  readonly client: RedisClient
  /** Creates a store with a new client. */
  store(options?: RedisStoreOptions, client?: RedisOptions): RedisStore
  /** Opens a client that is closed after the tests. */
  open(options?: RedisOptions): RedisClient
  keys(): Promise<string[]>
}

/** Runs the tests on one node and on a Cluster. */
export function onServers(define: (place: Place) => void): void {
  for (const name of ['redis', 'redis-cluster'] as const) {
    describeDatabase(name, (database) => {
      let mine: Isolated
      let client: RedisClient
      const opened: RedisClient[] = []

      beforeAll(async () => {
        mine = await database.isolated()
        client = open()
      })

      afterAll(async () => {
        for (const one of opened) one.disconnect()
        await mine?.drop()
      })

      function open(options?: RedisOptions): RedisClient {
        const own = clientOf(mine.url, options)
        opened.push(own)
        return own
      }

      define({
        get url() {
          return mine.url
        },
        get prefix() {
          return mine.namespace.slice(0, -1)
        },
        get client() {
          return client
        },
        store: (options = {}, own = {}) =>
          redisStore(open(own), { prefix: mine.namespace.slice(0, -1), ...options }),
        open,
        keys: () => keysOf(client, mine.namespace),
      })
    })
  }
}
