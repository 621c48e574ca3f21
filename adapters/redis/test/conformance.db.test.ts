import path from 'node:path'
import type { Context } from '@oauth2-kit/conformance'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { redisRaw } from '@oauth2-kit/conformance/raw/redis'
import type { RedisClient } from '@oauth2-kit/redis'
import { describeStore } from '../../../test/support/conformance'
import { growthCases } from '../../../test/support/growth'
import { create, lentTo, variables } from './support/create'
import { clientOf } from './support/servers'
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
    })

    afterAll(async () => {
      client.disconnect()
      await mine.drop()
    })

    const prefixOf = ({ namespace }: Context) => `${mine.namespace}@${namespace}:`

    describeStore({
      name: `redisStore on ${name}`,
      except: growthCases,
      url: () => mine.url,
      create,
      processes: {
        module: path.join(__dirname, 'support/create.ts'),
        execArgv: ['--require', typescript],
      },
      raw: {
        ...redisRaw({
          client: () => client,
          prefix: prefixOf,
          scanning: /^(?:keys|scan|smembers|hgetall)$/i,
          async credentialKey(context, hash) {
            const root = prefixOf(context)
            const text = await client.get(`${root}t:${hash}`)
            // On Cluster an answer is in the slot of its grant.
            const isElsewhere = text?.startsWith('@')
            return isElsewhere ? `${root}ga:{${text!.slice(1)}}:${hash}` : `${root}t:${hash}`
          },
          recordKey: (context, key) => `${prefixOf(context)}r:${key}`,
          isLasting: (key) => /@\w+:(?:cs?|\{u\}):?/.test(key),
        }),

        /** Redis has no schema to damage; check.db.test.ts covers the eviction policy. */
        async damage(context) {
          const { options } = lentTo(context)!
          const ofNode = 'redisOptions' in options ? options.redisOptions : options
          Object.assign(ofNode!, { commandTimeout: undefined })
          return 'the commandTimeout of the client was taken away'
        },

        older: (context) => writtenBefore(client, prefixOf(context)),

        async alive(context) {
          return (await lentTo(context)?.ping()) === 'PONG'
        },
      },
    })
  })
})
