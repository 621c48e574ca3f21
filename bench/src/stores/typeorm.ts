import { stopDatabases, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Credential, PurgeBefore, Store } from '@oauth2-kit/core'
import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import { DataSource } from 'typeorm'
import { effort as chosen, isWanted } from '../effort'
import type { Benchmark, Result } from '../result'
import { aClient, aGrant, someGrants, someSuccessors, someTokens } from './credentials'
import { meanwhile } from './meanwhile'
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
const revoked = 100_000

/** Tables with a million credentials. */
const fullTables = {
  credentials: 'full_credentials',
  clients: 'full_clients',
  users: 'full_users',
  records: 'full_records',
}

/** The cost of a store on TypeORM, in PostgreSQL and in MariaDB. */
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
    const parts: Record<string, () => Promise<Result>> = {
      calls: () => calls(title, store, mine.url),
      // Before a million rows are written, because flushing their pages to disk would disturb it.
      purging: () => purging(title, store),
      revoking: () => revoking(title, store, dataSource),
      growth: () => growth(title, store, dataSource),
    }
    const results: Result[] = []
    for (const [name, part] of Object.entries(parts)) {
      if (isWanted(name)) results.push(await part())
    }
    if (results.length === 0)
      throw new Error(`"--part" must be one of ${Object.keys(parts).join(', ')}`)
    return results
  } finally {
    await dataSource.destroy()
    await mine.drop()
  }
}

/** Compares with the driver alone and the queries that a program would send by hand. */
async function calls(title: string, store: Store, url: string): Promise<Result> {
  const driver = byHand(url, connections)
  const client = await aClient(store)
  const conditions = { clientVersion: client.version }
  const issue = () => store.issue(aGrant(client.id), someTokens(), conditions)
  const [[found], byStore, hand] = [
    await someGrants(store, 1),
    await someGrants(store, times),
    await someGrants(store, times),
  ]
  // The grants that are revoked at the end are the ones that were redeemed before.
  const [redeemed, redeemedByHand] = [[...byStore], [...hand]]
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
          store: issue,
          floor: () => driver.issue(aGrant(client.id), someTokens(), client),
          atMost: 1.5,
        },
        {
          label: 'issue, beside a plain INSERT without the look at client and user',
          store: issue,
          floor: () => driver.insert(aGrant(client.id), someTokens()),
        },
        {
          label: 'redeem',
          store: () => store.redeem(byStore.pop()!, someSuccessors()),
          floor: () => driver.redeem(hand.pop()!, someSuccessors()),
          atMost: 1.5,
        },
        {
          label: 'revoke',
          store: () => store.revoke({ grantId: redeemed.pop()!.grant.id }),
          floor: () => driver.revoke(redeemedByHand.pop()!.grant.id),
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

/** Compares a table with a million credentials with one that has few. */
async function growth(title: string, store: Store, dataSource: DataSource): Promise<Result> {
  const full = typeormStore(dataSource, { tables: fullTables })
  const count = (few.rounds.warmUp + few.rounds.measured) * few.calls
  await fill(dataSource, { table: fullTables.credentials, grants: many / 2, client: 'client-a' })
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
        store: () => full.redeem(toRedeem.pop()!, someSuccessors()),
        floor: () => store.redeem(others.pop()!, someSuccessors()),
        atMost: 1.3,
      },
    ],
    few,
  )
}

function anyOf(grants: Credential[]): string {
  return grants[Math.floor(Math.random() * grants.length)]!.hash
}

/** Inserts grants with an access and a refresh token each. The database generates them. */
async function fill(
  dataSource: DataSource,
  { table, grants, client }: { table: string; grants: number; client: string },
): Promise<void> {
  const isPostgres = dataSource.options.type === 'postgres'
  const numbers = isPostgres ? `generate_series(1, ${grants}) AS s(seq)` : `seq_1_to_${grants}`
  const hash = (prefix: string) =>
    isPostgres
      ? `encode(sha256(('${client} ${prefix}' || seq)::bytea), 'hex')`
      : `SHA2(CONCAT('${client} ${prefix}', seq), 256)`
  const user = isPostgres ? `'user-' || seq` : `CONCAT('user-', seq)`
  const now = Date.now()
  const later = now + 1_209_600_000
  const columns =
    'id, kind, grant_id, owner, client_id, user_id, data, created_at, expires_at, keep_until'
  const into = `INSERT INTO ${table} (${columns}) SELECT`
  const ofUser = `'${client}', ${user}, '{"scope":"profile email"}', ${now}`
  await dataSource.query(
    `${into} ${hash('grant')}, 'grant', NULL, ${hash('owner')}, ${ofUser}, NULL, ${later} FROM ${numbers}`,
  )
  for (const kind of ['access', 'refresh']) {
    await dataSource.query(
      `${into} ${hash(kind)}, '${kind}', ${hash('grant')}, NULL, ${ofUser}, ${later}, ${later} FROM ${numbers}`,
    )
  }
  await dataSource.query(`${isPostgres ? 'ANALYZE' : 'ANALYZE TABLE'} ${table}`)
}

/** Measures how a purge affects concurrent writers. */
async function purging(title: string, store: Store): Promise<Result> {
  const credentials = chosen().isQuick ? expired / 10 : expired
  for (let left = credentials / 2; left > 0; left -= 500) {
    await Promise.all(
      Array.from({ length: 500 }, () => store.issue(aGrant(), someTokens(-20_000, -20_000), {})),
    )
  }
  const past = Date.now()
  return meanwhile(store, {
    act: () => purgeAll(store, { credentials: past, shortLived: past }),
    title: (count) => `${title}: purging ${count} credentials`,
  })
}

async function purgeAll(store: Store, before: PurgeBefore): Promise<number> {
  let deleted = 0
  for (let more = true; more;) {
    const purged = await store.purge(before, 10_000)
    deleted += purged.deleted
    more = purged.more
  }
  return deleted
}

/** Measures how the revocation of all grants of a client affects concurrent writers. */
async function revoking(title: string, store: Store, dataSource: DataSource): Promise<Result> {
  const grants = chosen().isQuick ? revoked / 10 : revoked
  const clientId = 'revoked-client'
  await fill(dataSource, { table: 'oauth_credentials', grants, client: clientId })
  return meanwhile(store, {
    act: () => store.revoke({ clientId }),
    title: (count) => `${title}: revoking ${count} grants of a client`,
  })
}
