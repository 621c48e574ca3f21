import { join } from 'node:path'
import type oauthserver from '@oauth2-kit/core'
import type { Store } from '@oauth2-kit/core'
import type { mongoStore } from '@oauth2-kit/mongo'
import type { redisStore } from '@oauth2-kit/redis'
import type { pgStore } from '@oauth2-kit/sql/pg'
import { redisNodes } from '@oauth2-kit/conformance/databases'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { Pool } from 'pg'
import type { Contender } from '../contenders/contender'
import { kitOn } from '../contenders/kit'
import { loadPeersOn } from '../contenders/peers'
import { type Database, databaseConnections } from './setup'

/** Sets a contender up on an empty database. */
export type MakeOn = (
  grants: readonly string[],
  database: Database,
  url: string,
) => Promise<Contender>

/** A peer on real databases: on these, or on all of them. */
export interface PeerOn {
  make: MakeOn
  only?: readonly Database[]
}

const root = join(__dirname, '../../..')

/** The folder of an older release of this project, built, that is measured too. */
const before = process.env['OAUTH2_BENCH_BEFORE']

/** Returns the servers on that database, by their names in the tables. */
export function contendersOn(database: Database): Readonly<Record<string, MakeOn>> {
  const peers = Object.entries(loadPeersOn()).filter(
    ([, { only }]) => only?.includes(database) ?? true,
  )
  return {
    'oauth2-kit': kitFrom(root),
    ...(database === 'postgres' && { 'oauth2-kit, not prepared': kitFrom(root, false) }),
    ...(before !== undefined && { 'oauth2-kit before': kitFrom(before) }),
    ...Object.fromEntries(peers.map(([name, { make }]) => [name, make])),
  }
}

/** Returns what sets this project up, as it is in that folder. */
function kitFrom(folder: string, prepare = true): MakeOn {
  const load = (path: string) => require(join(folder, path)) as unknown
  return async (grants, database, url) => {
    const core = load('core') as typeof oauthserver
    return kitOn(await stores[database](load, url, prepare), grants, core)
  }
}

type Load = (path: string) => unknown

/** Opens a store of this project on each database. `load` loads a file of the release. */
const stores: Record<Database, (load: Load, url: string, prepare: boolean) => Promise<Store>> = {
  async postgres(load, url, prepare) {
    const adapter = load('adapters/sql/dist/bindings/pg') as { pgStore: typeof pgStore }
    const store = adapter.pgStore(new Pool({ connectionString: url, max: databaseConnections }), {
      prepare,
    })
    await store.migrate()
    return store
  },
  async mongodb(load, url) {
    const adapter = load('adapters/mongo') as { mongoStore: typeof mongoStore }
    const client = await new MongoClient(url, { maxPoolSize: databaseConnections }).connect()
    const store = adapter.mongoStore(client.db('kit'))
    await store.createIndexes()
    return store
  },
  async redis(load, url) {
    const adapter = load('adapters/redis') as { redisStore: typeof redisStore }
    return adapter.redisStore(new Redis({ ...redisNodes(url)[0], commandTimeout: 10_000 }))
  },
}
