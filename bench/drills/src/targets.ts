import type { Database } from './databases/database'
import { nothing, sqlite } from './databases/files'
import { mariadb } from './databases/mariadb'
import { mongodb, mongodbReplica } from './databases/mongodb'
import { postgres } from './databases/postgres'
import { redis, redisCluster } from './databases/redis'

/** A store on a database, as the example provider has it. */
export interface Target {
  name: string
  /** Provider processes that share it. */
  providers: number
  /** What the provider is told beside `DATABASE_URL`. */
  environment: Record<string, string>
  open(): Promise<Database>
}

/** Every store, on each database that the example provider takes. */
export const targets: readonly Target[] = [
  target('memory', nothing, { STORE: 'memory' }, 1),
  target('typeorm-postgres', postgres, { STORE: 'typeorm' }),
  target('typeorm-mariadb', mariadb, { STORE: 'typeorm' }),
  target('typeorm-sqlite', () => sqlite('typeorm'), { STORE: 'typeorm' }),
  target('prisma-postgres', postgres, { STORE: 'prisma' }),
  target('prisma-sqlite', () => sqlite('prisma'), { STORE: 'prisma' }),
  target('mongo', mongodb, { STORE: 'mongo' }),
  target('mongo-replica', mongodbReplica, { STORE: 'mongo' }),
  target('redis', redis, { STORE: 'redis' }),
  target('redis-cluster', redisCluster, { STORE: 'redis', REDIS_WAIT_REPLICAS: '1' }),
]

function target(
  name: string,
  open: () => Promise<Database>,
  environment: Record<string, string>,
  providers = 2,
): Target {
  return { name, open, environment, providers }
}
