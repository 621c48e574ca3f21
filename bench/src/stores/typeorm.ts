import { stopDatabases, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Credential, Store } from '@oauth2-kit/core'
import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
import type { Benchmark, Result } from '../result'
import { quantileOf } from '../statistics'
import { aGrant, someGrants, someTokens } from './credentials'
import { bufferPoolGb, enlargeBufferPool } from './servers'
import { byHand } from './sql-by-hand'
import { compare } from './store-bench'

const effort = { rounds: { warmUp: 5, measured: 25 }, calls: 40 }
const few = { rounds: { warmUp: 3, measured: 15 }, calls: 10 }
const times = (effort.rounds.warmUp + effort.rounds.measured) * effort.calls
const connections = 10
const inParallel = 64
const many = 1_000_000
const expired = 100_000

/** Tables with a million credentials in them. */
const fullTables = {
  credentials: 'full_credentials',
  clients: 'full_clients',
  users: 'full_users',
  keys: 'full_keys',
}

/** What a store on TypeORM costs, in PostgreSQL and in MariaDB. */
export const typeorm: Benchmark[] = (['postgres', 'mariadb'] as const).map((type) => ({
  name: `typeorm-${type}`,
  async run() {
    try {
      return await measure(type)
    } finally {
      await stopDatabases()
    }
  },
}))

async function measure(type: 'postgres' | 'mariadb'): Promise<Result[]> {
  const isMariadb = type === 'mariadb'
  const mine = await testDatabase(type).isolated()
  const [empty, full] = [oauthTables(type), oauthTables(type, { tables: fullTables })]
  const dataSource = new DataSource({
    type,
    url: mine.url,
    poolSize: connections,
    ...(isMariadb && { extra: { trace: false } }),
    entities: [...empty.entities, ...full.entities],
    migrations: [...empty.migrations, ...full.migrations],
  })
  try {
    await dataSource.initialize()
    await dataSource.runMigrations()
    let title = `typeormStore on ${type}`
    if (isMariadb) {
      await enlargeBufferPool(dataSource)
      title += ` (a buffer pool of ${bufferPoolGb} GB)`
    }
    const store = typeormStore(dataSource)
    return [
      await calls(title, store, mine.url),
      // Before a million rows are written, whose pages would go to the disk meanwhile.
      await purging(title, store),
      await growth(title, store, dataSource),
    ]
  } finally {
    await dataSource.destroy()
    await mine.drop()
  }
}

/** Beside the driver alone, with what a program would send by hand. */
async function calls(title: string, store: Store, url: string): Promise<Result> {
  const driver = byHand(url, connections)
  const [[found], byStore, hand] = [
    await someGrants(store, 1),
    await someGrants(store, times),
    await someGrants(store, times),
  ]
  // Those are revoked in the end which were redeemed before.
  const [spent, spentByHand] = [[...byStore], [...hand]]
  const finds = (find: (hash: string) => Promise<unknown>) => () =>
    Promise.all(Array.from({ length: inParallel }, () => find(found!.hash)))
  try {
    return await compare(
      `${title}, by hand = the driver alone, unprepared`,
      [
        {
          label: 'find',
          store: () => store.find(found!.hash),
          floor: () => driver.find(found!.hash),
          atMost: 1.3,
        },
        {
          label: 'issue',
          store: () => store.issue(aGrant(), someTokens()),
          floor: () => driver.issue(aGrant(), someTokens()),
          atMost: 1.5,
        },
        {
          label: 'redeem',
          store: () => store.redeem(byStore.pop()!, someTokens()),
          floor: () => driver.redeem(hand.pop()!, someTokens()),
          atMost: 1.5,
        },
        {
          label: 'revoke',
          store: () => store.revoke({ grantId: spent.pop()!.grant.id }),
          floor: () => driver.revoke(spentByHand.pop()!.grant.id),
          atMost: 1.5,
        },
        {
          label: `${inParallel} finds at once over ${connections} connections`,
          store: finds((hash) => store.find(hash)),
          floor: finds((hash) => driver.find(hash)),
          // 90 % of the throughput.
          atMost: 1.11,
        },
      ],
      effort,
    )
  } finally {
    await driver.end()
  }
}

/** Among a million others, beside a table with few. */
async function growth(title: string, store: Store, dataSource: DataSource): Promise<Result> {
  const full = typeormStore(dataSource, { tables: fullTables })
  await fill(dataSource)
  const count = (few.rounds.warmUp + few.rounds.measured) * few.calls
  const [inFull, inEmpty] = [await someGrants(full, count), await someGrants(store, count)]
  const [toRedeem, others] = [[...inFull], [...inEmpty]]
  return compare(
    `${title} among ${many.toLocaleString('en')} credentials, by hand = the store among few`,
    [
      {
        label: 'find',
        store: () => full.find(anyOf(inFull)),
        floor: () => store.find(anyOf(inEmpty)),
        atMost: 1.3,
      },
      {
        label: 'redeem',
        store: () => full.redeem(toRedeem.pop()!, someTokens()),
        floor: () => store.redeem(others.pop()!, someTokens()),
        atMost: 1.3,
      },
    ],
    few,
  )
}

function anyOf(grants: Credential[]): string {
  return grants[Math.floor(Math.random() * grants.length)]!.hash
}

/** Grants with an access and a refresh token each, made by the database itself. */
async function fill(dataSource: DataSource): Promise<void> {
  const { type } = dataSource.options
  const numbers =
    type === 'postgres' ? `generate_series(1, ${many / 2}) AS s(seq)` : `seq_1_to_${many / 2}`
  const hash = (prefix: string) =>
    type === 'postgres'
      ? `encode(sha256(('${prefix}' || seq)::bytea), 'hex')`
      : `SHA2(CONCAT('${prefix}', seq), 256)`
  const text = type === 'postgres' ? `'user-' || seq` : `CONCAT('user-', seq)`
  const now = Date.now()
  const later = now + 1_209_600_000
  const columns = 'id, kind, grant_id, client_id, user_id, data, created_at, expires_at, keep_until'
  const into = `INSERT INTO ${fullTables.credentials} (${columns}) SELECT`
  const owner = `'client-a', ${text}, '{"scope":"profile email"}', ${now}`
  await dataSource.query(
    `${into} ${hash('g')}, 'grant', NULL, ${owner}, NULL, ${later} FROM ${numbers}`,
  )
  for (const kind of ['access', 'refresh']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await dataSource.query(
      `${into} ${hash(kind)}, '${kind}', ${hash('g')}, ${owner}, ${later}, ${later} FROM ${numbers}`,
    )
  }
  const analyze = type === 'postgres' ? 'ANALYZE' : 'ANALYZE TABLE'
  await dataSource.query(`${analyze} ${fullTables.credentials}`)
}

/** What those who write notice of a purge. */
async function purging(title: string, store: Store): Promise<Result> {
  for (let left = expired / 2; left > 0; left -= 500) {
    // oxlint-disable-next-line no-await-in-loop -- the pool is small
    await Promise.all(
      Array.from({ length: 500 }, () => store.issue(aGrant(), someTokens(-20_000, -20_000))),
    )
  }
  const past = Date.now()
  const idle = await latencies(store, (n) => n < 2000)
  const purge = { done: false }
  const purged = purgeAll(store, past).finally(() => (purge.done = true))
  const start = performance.now()
  const busy = await latencies(store, () => !purge.done)
  const seconds = (performance.now() - start) / 1000
  const deleted = await purged
  const ratio = '× idle'
  return {
    title: `${title}: purging ${deleted.toLocaleString('en')} credentials in ${seconds.toFixed(1)} s`,
    columns: { 'p50, ms': 2, 'p99, ms': 2, [ratio]: 2 },
    rows: [
      { label: 'issue meanwhile', ...rowOf(busy, idle), target: { column: ratio, atMost: 3 } },
      { label: 'issue before', ...rowOf(idle, idle) },
    ],
  }

  function rowOf(samples: number[], reference: number[]) {
    const [p50, p99] = [quantileOf(samples, 0.5), quantileOf(samples, 0.99)]
    return {
      values: { 'p50, ms': p50, 'p99, ms': p99, [ratio]: p99 / quantileOf(reference, 0.99) },
    }
  }
}

async function purgeAll(store: Store, before: number): Promise<number> {
  let deleted = 0
  for (let more = true; more;) {
    // oxlint-disable-next-line no-await-in-loop -- batch after batch
    const purged = await store.purge(before, 10_000)
    deleted += purged.deleted
    more = purged.more
  }
  return deleted
}

/** How long one after the other takes to issue a grant, in milliseconds. */
async function latencies(store: Store, goOn: (n: number) => boolean): Promise<number[]> {
  const samples: number[] = []
  while (goOn(samples.length)) {
    const start = performance.now()
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await store.issue(aGrant(), someTokens())
    samples.push(performance.now() - start)
  }
  return samples
}
