import path from 'node:path'
import { type Context, describeConformance } from '@oauth2-kit/conformance'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import type { RedisClient } from '@oauth2-kit/redis'
import { growthCases } from '../../../test/support/growth'
import { create, lentTo, variables } from './support/create'
import { monitored } from './support/monitored'
import { clientOf, contentOf, keysOf } from './support/servers'
import { writtenBefore } from './support/written-before'

const typescript = path.resolve(__dirname, '../../../test/support/typescript.cjs')

describe.each(['redis', 'redis-cluster'] as const)('redisStore()', (name) => {
  describeDatabase(name, (database) => {
    let mine: Isolated
    let client: RedisClient
    beforeAll(async () => {
      mine = await database.isolated()
      client = clientOf(mine.url)
      process.env[variables.url] = mine.url
      process.env[variables.prefix] = mine.namespace.slice(0, -1)
    }, 180_000)

    afterAll(async () => {
      client.disconnect()
      await mine.drop()
    })

    function keysIn({ namespace }: Context): Promise<string[]> {
      return keysOf(client, prefixOf(namespace))
    }

    function prefixOf(namespace: string): string {
      return `${mine.namespace}@${namespace}:`
    }

    /** Returns when a key expires; `null` = never. */
    async function endOf(key: string): Promise<number | null> {
      const at = await client.pexpiretime(key)
      if (at === -2) throw new Error(`Missing key: ${key}`)
      return at === -1 ? null : at
    }

    describeConformance({
      name: `redisStore on ${name}`,
      except: growthCases,
      url: () => mine.url,
      create,
      processes: {
        module: path.join(__dirname, 'support/create.ts'),
        execArgv: ['--require', typescript],
      },
      raw: {
        async dump(context) {
          const keys = await keysIn(context)
          return (await Promise.all(keys.map((key) => contentOf(client, key)))).join('\n')
        },

        async count(context) {
          const keys = await keysIn(context)
          const sizes = keys.map(async (key) =>
            (await client.type(key)) === 'zset' ? client.zcard(key) : 1,
          )
          return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
        },

        explain({ namespace }, work) {
          return monitored(client, prefixOf(namespace), /^(?:keys|scan|smembers|hgetall)$/i, work)
        },

        async removedAt({ namespace }, hash) {
          const root = prefixOf(namespace)
          const text = await client.get(`${root}t:${hash}`)
          // On Cluster an answer is in the slot of its grant.
          const isElsewhere = text?.startsWith('@')
          return endOf(isElsewhere ? `${root}ga:{${text!.slice(1)}}:${hash}` : `${root}t:${hash}`)
        },

        recordRemovedAt: ({ namespace }, key) => endOf(`${prefixOf(namespace)}r:${key}`),

        async immortal(context) {
          const keys = await keysIn(context)
          const ends = await Promise.all(keys.map((key) => client.pttl(key)))
          return keys.filter((key, at) => ends[at] === -1 && !/@\w+:(?:cs?|\{u\}):?/.test(key))
        },

        async ends(context) {
          const keys = await keysIn(context)
          return Object.fromEntries(
            await Promise.all(keys.map(async (key) => [key, await endOf(key)] as const)),
          )
        },

        /** Redis has no schema to damage; check.db.test.ts covers the eviction policy. */
        async damage(context) {
          const { options } = lentTo(context)!
          const ofNode = 'redisOptions' in options ? options.redisOptions : options
          Object.assign(ofNode!, { commandTimeout: undefined })
          return 'the commandTimeout of the client was taken away'
        },

        older: ({ namespace }) => writtenBefore(client, prefixOf(namespace)),

        async alive(context) {
          return (await lentTo(context)?.ping()) === 'PONG'
        },
      },
    })
  })
})
