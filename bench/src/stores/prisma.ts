import { readFileSync } from 'node:fs'
import path from 'node:path'
import { stopDatabases, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Credential, Store } from '@oauth2-kit/core'
import { type CredentialRow, type PrismaClientWith, prismaStore } from '@oauth2-kit/prisma'
import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import type { Benchmark, Result } from '../result'
import { aClient, aGrant, someGrants, someSuccessors, someTokens } from './credentials'
import { vacuum } from './servers'
import { type Effort, compare } from './store-bench'

const effort: Effort = { rounds: { warmUp: 5, measured: 25 }, calls: 40 }
const times = (effort.rounds.warmUp + effort.rounds.measured) * effort.calls
const connections = 10
const parallel = 64
const crowd = 1_000_000

/** A look-up that names no fields, as a program usually writes it. */
interface LookUp {
  findUnique(args: { where: { id: string; kind?: string } }): Promise<unknown>
}

/** Methods of the models that the store doesn't use or doesn't declare. */
interface More extends LookUp {
  createMany(args: { data: CredentialRow[]; skipDuplicates?: true }): Promise<unknown>
  update(args: { where: { id: string }; data: Partial<CredentialRow> }): Promise<unknown>
  create(args: { data: CredentialRow }): Promise<unknown>
}

type Models = PrismaClientWith<'oAuthCredential', 'oAuthClient', 'oAuthUser'> & {
  oAuthCredential: More
  oAuthClient: LookUp
  oAuthUser: LookUp
}
type Client = Models & {
  $transaction<T>(work: (inner: Models) => Promise<T>): Promise<T>
  $disconnect(): Promise<void>
}

/** The cost of a store on Prisma with PostgreSQL. */
export const prisma: Benchmark = {
  name: 'prisma',
  async run() {
    const [small, large] = await Promise.all([openDatabase(), openDatabase()])
    try {
      return [
        await plainCalls(small.client),
        await transactions(small.client),
        await parallelFinds(small.client, small.pool),
        await amongMany(small.client, large),
      ]
    } finally {
      await Promise.all([small.close(), large.close()])
      await stopDatabases()
    }
  },
}

/** Compares with plain calls of the client, with prepared rows. */
async function plainCalls(client: Client): Promise<Result> {
  const store = prismaStore(client)
  const model = client.oAuthCredential
  const registered = await aClient(store)
  const conditions = { clientVersion: registered.version }
  const [found] = await someGrants(store, 1)
  const [byStore, byHand] = [await someGrants(store, times), await someGrants(store, times)]
  const [forStore, forHand] = [[...byStore], [...byHand]]
  const issues = [...byStore, ...byStore].map(() => aGrant(registered.id))
  const issueRows = issues.map(() => issuedRows(registered.id))
  const [forIssues, forRedemptions] = [
    issues.map(() => someTokens()),
    byStore.map(() => someSuccessors()),
  ]
  const issue = () => store.issue(issues.pop()!, forIssues.pop()!, conditions)
  const redemptionRows = byHand.map(redeemedRows)
  const findUnique = () => model.findUnique({ where: { id: found!.hash } })
  return compare(
    'prismaStore on PostgreSQL, by hand = the plain Prisma call',
    [
      {
        label: 'find, beside findUnique',
        store: () => store.find(found!.hash),
        floor: async () => findUnique(),
        atMost: 1.1,
      },
      {
        label: 'issue, beside createMany, then findUnique of client and user at once',
        store: issue,
        async floor() {
          const rows = issueRows.pop()!
          await model.createMany({ data: rows })
          await Promise.all([
            client.oAuthClient.findUnique({ where: { id: registered.id } }),
            client.oAuthUser.findUnique({ where: { id: rows[0]!.userId! } }),
          ])
        },
        atMost: 1.1,
      },
      {
        label: 'issue, beside createMany alone, without the look at client and user',
        store: issue,
        floor: async () => model.createMany({ data: issueRows.pop()! }),
      },
      {
        label: 'redeem, beside createMany that skips duplicates and a findUnique at the same time',
        store: () => store.redeem(byStore.pop()!, forRedemptions.pop()!),
        floor: async () => {
          const data = redemptionRows.pop()!
          await Promise.all([
            model.createMany({ data, skipDuplicates: true }),
            model.findUnique({ where: { id: data[0]!.claims! } }),
          ])
        },
        atMost: 1.1,
      },
      {
        label: 'revoke, beside deleteMany',
        store: () => store.revoke({ grantId: forStore.pop()!.grant.id }),
        floor: async () =>
          model.deleteMany({ where: { id: forHand.pop()!.grant.id, kind: 'grant' } }),
        atMost: 1.1,
      },
    ],
    effort,
  )
}

/** Compares with the usual hand-written code: look up, mark as used, write the successors. */
async function transactions(client: Client): Promise<Result> {
  const store = prismaStore(client)
  const [byStore, byHand] = [await someGrants(store, 2 * times), await someGrants(store, 2 * times)]
  const tokens = byStore.map(() => someSuccessors())
  const successors = byHand.map((old) => redeemedRows(old).map((row) => ({ ...row, claims: null })))
  const redeem = () => store.redeem(byStore.pop()!, tokens.pop()!)
  return compare(
    'prismaStore on PostgreSQL: redeem, by hand = an interactive transaction',
    [
      {
        label: 'findUnique, update, create, create, create',
        store: redeem,
        floor: () =>
          client.$transaction(async ({ oAuthCredential }) => {
            const where = { id: byHand.pop()!.hash, kind: 'refresh' }
            await oAuthCredential.findUnique({ where })
            await oAuthCredential.update({ where, data: { kind: 'used' } })
            for (const data of successors.pop()!) await oAuthCredential.create({ data })
          }),
        atMost: 0.4,
      },
      {
        label: 'findUnique, updateMany, createMany',
        store: redeem,
        floor: () =>
          client.$transaction(async ({ oAuthCredential }) => {
            const where = { id: byHand.pop()!.hash, kind: 'refresh' }
            await oAuthCredential.findUnique({ where })
            await oAuthCredential.updateMany({ where, data: { kind: 'used' } })
            await oAuthCredential.createMany({ data: successors.pop()! })
          }),
        atMost: 0.4,
      },
    ],
    effort,
  )
}

/** Compares with the driver, with the same number of connections. */
async function parallelFinds(client: Client, pool: Pool): Promise<Result> {
  const store = prismaStore(client)
  const hashes = (await someGrants(store, parallel)).map(({ hash }) => hash)
  const sql = 'SELECT * FROM oauth_credentials WHERE id = $1'
  return compare(
    `prismaStore on PostgreSQL, by hand = the driver pg, ${connections} connections`,
    [
      {
        label: `${parallel} finds at once`,
        store: () => Promise.all(hashes.map((hash) => store.find(hash))),
        floor: () => Promise.all(hashes.map((hash) => pool.query(sql, [hash]))),
        atMost: 1,
      },
    ],
    effort,
  )
}

/** Compares with the same calls in a small table. */
async function amongMany(small: Client, large: Database): Promise<Result> {
  await large.pool.query(crowdSql)
  await large.pool.query(`${vacuum} oauth_credentials`)
  const [few, many] = [prismaStore(small), prismaStore(large.client)]
  const [ofFew, ofMany] = [await issueOn(few), await issueOn(many)]
  const [oldFew, oldMany] = [await someGrants(few, times), await someGrants(many, times)]
  const [toFew, toMany] = [[...oldFew], [...oldMany]]
  const [endFew, endMany] = [[...oldFew], [...oldMany]]
  return compare(
    `prismaStore on PostgreSQL among ${crowd.toLocaleString('en')} rows, by hand = in a small table`,
    [
      {
        label: 'find',
        store: () => many.find(anyOf(oldMany).hash),
        floor: () => few.find(anyOf(oldFew).hash),
        atMost: 1.3,
      },
      {
        label: 'issue',
        store: ofMany,
        floor: ofFew,
        atMost: 1.3,
      },
      {
        label: 'redeem',
        store: () => many.redeem(toMany.pop()!, someSuccessors()),
        floor: () => few.redeem(toFew.pop()!, someSuccessors()),
        atMost: 1.3,
      },
      {
        label: 'revoke',
        store: () => many.revoke({ grantId: endMany.pop()!.grant.id }),
        floor: () => few.revoke({ grantId: endFew.pop()!.grant.id }),
        atMost: 1.3,
      },
    ],
    effort,
  )
}

/** Returns a function that issues a grant as the core does. */
async function issueOn(store: Store): Promise<() => Promise<unknown>> {
  const { id, version } = await aClient(store)
  return () => store.issue(aGrant(id), someTokens(), { clientVersion: version })
}

function anyOf(credentials: Credential[]): Credential {
  return credentials[Math.floor(Math.random() * credentials.length)]!
}

/** Half as many grants, each with one token. */
const crowdSql = `
  WITH grants AS (
    SELECT n, md5('grant' || n) AS grant_id, 'client-' || n % 16 AS client_id, 'user-' || n AS user_id
    FROM generate_series(1, ${crowd / 2}) AS n
  )
  INSERT INTO oauth_credentials
    (id, kind, grant_id, client_id, user_id, data, created_at, expires_at, keep_until, owner)
  SELECT grant_id, 'grant', NULL, client_id, user_id, '{}', 0, NULL, 4102444800000, md5('owner' || n) FROM grants
  UNION ALL
  SELECT md5('a' || n) || md5('b' || n), 'refresh', grant_id, client_id, user_id,
    '{"scope":"profile email"}', 0, 4102444800000 + n, 4102444800000 + n, NULL FROM grants`

type Database = Awaited<ReturnType<typeof openDatabase>>

/** Opens an empty database with the tables of the store. */
export async function openDatabase() {
  const mine = await testDatabase('postgres').isolated()
  const pool = new Pool({ connectionString: mine.url, max: connections })
  const ddl = require.resolve('@oauth2-kit/prisma/package.json')
  await pool.query(
    readFileSync(path.join(path.dirname(ddl), 'prisma/postgresql/oauth.sql'), 'utf8'),
  )
  const { PrismaClient } = require('../generated/prisma/client') as {
    PrismaClient: new (options: object) => Client
  }
  const adapter = new PrismaPg({ connectionString: mine.url, max: connections })
  const client = new PrismaClient({ adapter })
  return {
    client,
    pool,
    async close() {
      await client.$disconnect()
      await pool.end()
      await mine.drop()
    },
  }
}

/** Returns the rows that `issue` writes. */
function issuedRows(clientId: string): CredentialRow[] {
  const [grant, tokens] = [aGrant(clientId), someTokens()]
  const { id, userId, data } = grant
  const createdAt = BigInt(grant.createdAt)
  const shared = { clientId, userId, createdAt, claims: null, ordinal: 0 }
  const owner = 'o'.repeat(64)
  return [
    {
      ...shared,
      id,
      kind: 'grant',
      grantId: null,
      data,
      expiresAt: null,
      keepUntil: createdAt,
      owner,
    },
    ...tokens.map((token) => ({
      ...shared,
      id: token.hash,
      kind: token.kind,
      grantId: id,
      data: token.data,
      expiresAt: BigInt(token.expiresAt!),
      keepUntil: BigInt(token.expiresAt!),
      owner: null,
    })),
  ]
}

/** Returns the rows that `redeem` writes. */
function redeemedRows({ hash, grant }: Credential): CredentialRow[] {
  return someSuccessors().map((one, ordinal) => ({
    id: one.hash,
    kind: one.kind,
    grantId: grant.id,
    claims: hash,
    ordinal,
    clientId: grant.clientId,
    userId: grant.userId,
    data: one.data,
    createdAt: BigInt(one.createdAt),
    expiresAt: BigInt(one.expiresAt!),
    keepUntil: BigInt(one.expiresAt!),
    owner: null,
  }))
}
