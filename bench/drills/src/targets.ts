import type { Database } from './databases/database'
import { nothing, sqlite } from './databases/files'
import { galera } from './databases/galera'
import { mariadb } from './databases/mariadb'
import { mongodb, mongodbReplica } from './databases/mongodb'
import { postgres } from './databases/postgres'
import { redis, redisCluster } from './databases/redis'

/** What a target supports. `processes` means that several processes share the database. */
export type Ability =
  | 'processes'
  | 'kill'
  | 'stop'
  | 'hold'
  | 'wire'
  | 'freeze'
  | 'hold-writes'
  | 'fail-over'
  | 'disk'

/** A store on a database, as the example provider configures it. */
export interface Target {
  name: string
  /** The number of provider processes that share it. */
  providers: number
  /** Environment variables of the provider in addition to `DATABASE_URL`. */
  environment: Record<string, string>
  abilities: readonly Ability[]
  open(): Promise<Database>
}

const onPostgres: readonly Ability[] = ['kill', 'stop', 'hold', 'wire', 'freeze', 'hold-writes']
const onServer: readonly Ability[] = ['kill', 'hold', 'wire', 'freeze', 'hold-writes']

/** Every store, on each database that the example provider supports. */
export const targets: readonly Target[] = [
  { ...target('memory', nothing, { STORE: 'memory' }, []), providers: 1, abilities: [] },
  target('sql-postgres', postgres, { STORE: 'sql' }, onPostgres),
  target('sql-mariadb', mariadb, { STORE: 'sql' }, onServer),
  target('sql-sqlite', () => sqlite('file'), { STORE: 'sql' }, ['disk']),
  target('typeorm-postgres', postgres, { STORE: 'typeorm' }, onPostgres),
  target('typeorm-mariadb', mariadb, { STORE: 'typeorm' }, onServer),
  target('typeorm-galera', () => galera(7), { STORE: 'typeorm' }, ['kill']),
  target('typeorm-galera-stale', () => galera(0), { STORE: 'typeorm' }, ['kill']),
  target('typeorm-sqlite', () => sqlite('sqlite'), { STORE: 'typeorm' }, ['disk']),
  target('prisma-postgres', postgres, { STORE: 'prisma' }, onPostgres),
  target('prisma-sqlite', () => sqlite('file'), { STORE: 'prisma' }, ['disk']),
  target('mongo', mongodb, { STORE: 'mongo' }, onServer),
  target('mongo-replica', mongodbReplica, { STORE: 'mongo' }, ['fail-over']),
  target('redis', redis, { STORE: 'redis' }, ['kill', 'wire', 'freeze', 'hold-writes']),
  target('redis-cluster', redisCluster, { STORE: 'redis', REDIS_WAIT_REPLICAS: '1' }, [
    'fail-over',
  ]),
]

/** Returns whether the target has all abilities that a fault needs. */
export function has({ abilities }: Target, { needs }: { needs: readonly Ability[] }): boolean {
  return needs.every((need) => abilities.includes(need))
}

function target(
  name: string,
  open: () => Promise<Database>,
  environment: Record<string, string>,
  abilities: readonly Ability[],
): Target {
  return { name, open, environment, providers: 2, abilities: ['processes', ...abilities] }
}
