import { randomBytes } from 'node:crypto'
import type { Finding } from '@oauth2-kit/core'
import type { Database } from './database'
import { DuplicateError, isOfDatabase, refusalOf, withoutValues } from './errors'
import { clientFields, credentialFields, recordFields, userFields } from './fields'
import type { CredentialRow, Fields, Models, RecordRow, Rows } from './schema'

const fix =
  'An extension or an option of the client changes what the store asks for: pass a client without it to prismaStore(), or exclude this model from it'

const primaryFix =
  'Pass a client to prismaStore() whose reads go to the primary and not through a cache. With read replicas, add the method $primary() to the client, as @prisma/extension-read-replicas does'

/** The most rows that the core reads at once: a page, and one row to see whether more follow. */
const longestPage = 1001

/** What is wrong with the client, as text after the name of the model. */
class Unusable extends Error {}

/**
 * Resolves with how the client changes the calls of the store, such as by an extension that hides
 * rows. Tries each kind of call on each model, with random ids, in transactions that are rolled
 * back.
 */
export async function clientFindings(database: Database, batchSize: number): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [name, trial] of trials(database, batchSize)) {
    const problem = await problemOf(() => database.rehearse(trial))
    if (problem !== null) findings.push({ problem: `The client ${problem} (model "${name}")`, fix })
  }
  if (findings.length > 0) return findings
  const problem = await problemOf(() => database.ask(({ records }) => staleRead(records)))
  return problem === null
    ? []
    : [{ problem: `The client ${problem} (model "${database.names.records}")`, fix: primaryFix }]
}

type Trial = [model: string, run: (models: Models) => Promise<void>]

function trials({ names, orSkip }: Database, batchSize: number): Trial[] {
  const id = `check ${randomBytes(32).toString('hex')}`
  const credential = {
    id,
    kind: 'check',
    grantId: null,
    claims: id,
    ordinal: 0,
    clientId: id,
    userId: id,
    data: '{}',
    createdAt: 0n,
    expiresAt: 0n,
    keepUntil: 0n,
    owner: 'check',
  }
  const client = { id, version: 'check', data: '{}' }
  const user = {
    id,
    version: 'check',
    username: id,
    passwordHash: 'check',
    data: '{}',
    deletedUntil: 0n,
  }
  const record = { id, data: '{}', expiresAt: 0n }
  const all: Trial[] = [
    [
      names.credentials,
      async ({ credentials }) => {
        await basics(credentials, credentialFields, credential, { kind: 'changed' })
        await byClaims(credentials, credential)
        if (orSkip.skipDuplicates) await returned(credentials, credential)
      },
    ],
    [
      names.clients,
      ({ clients }) => basics(clients, clientFields, client, { version: 'changed', data: '{ }' }),
    ],
    [
      names.records,
      async ({ records }) => {
        await basics(records, recordFields, record, { data: '{ }' })
        await wholePages(records, record, Math.max(batchSize, longestPage))
      },
    ],
  ]
  if (names.users === null) return all
  const change = { version: 'changed', passwordHash: 'changed' }
  return [...all, [names.users, ({ users }) => basics(users, userFields, user, change)]]
}

/** Tries to create, read, change and delete a row. */
async function basics<Row extends { id: string }>(
  rows: Rows<Row, { id: string }>,
  select: Fields<Row>,
  row: Row,
  change: Partial<Row>,
): Promise<void> {
  const { id } = row
  const changed = { ...row, ...change }
  const where = { id } as Partial<Row>
  const find = () => tried('findUnique', rows.findUnique({ where: { id }, select }))
  const list = () =>
    tried('findMany', rows.findMany({ where: { id: { in: [id] } } as never, select, take: 1 }))
  const create = () => tried('createMany', rows.createMany({ data: [row] }))

  if (await find()) throw new Unusable('returns a row that does not exist')
  assertCount('createMany', await create())
  assertSame('findUnique', await find(), row)
  assertSame('findMany', (await list())[0], row)
  // With the old values as a condition, like the conditional writes of the store.
  const update = rows.updateMany({ where: row, data: change })
  assertCount('updateMany', await tried('updateMany', update))
  assertSame('findUnique', await find(), changed)
  const remove = rows.deleteMany({ where: changed })
  assertCount('deleteMany', await tried('deleteMany', remove))
  if (await find()) throw new Unusable('returns a row after deleteMany()')
  try {
    await rows.createMany({ data: [row] })
  } catch (error) {
    if (!(withoutValues(error) instanceof DuplicateError)) throw error
    throw new Unusable(
      'keeps and hides rows that deleteMany() deletes: a token could outlive its revocation',
    )
  }
  await tried('deleteMany', rows.deleteMany({ where }))
}

type Credentials = Models['credentials']

async function byClaims(rows: Credentials, row: CredentialRow): Promise<void> {
  await tried('createMany', rows.createMany({ data: [row] }))
  const where = { claims_ordinal: { claims: row.claims!, ordinal: row.ordinal } }
  const found = await tried('findUnique', rows.findUnique({ where, select: credentialFields }))
  assertSame('findUnique', found, row)
  await tried('deleteMany', rows.deleteMany({ where: { id: row.id } }))
}

async function returned(rows: Credentials, row: CredentialRow): Promise<void> {
  if (!rows.createManyAndReturn) return
  const insert = () =>
    tried(
      'createManyAndReturn',
      rows.createManyAndReturn!({ data: [row], select: { id: true }, skipDuplicates: true }),
    )
  const [first, second] = [await insert(), await insert()]
  if (first[0]?.id !== row.id || second.length > 0) {
    throw new Unusable('returns other rows from createManyAndReturn() than were inserted')
  }
  await tried('deleteMany', rows.deleteMany({ where: { id: row.id } }))
}

/** Tries to read and delete as many rows at once as the store does. Records are the smallest. */
async function wholePages(rows: Models['records'], row: RecordRow, count: number): Promise<void> {
  const data = Array.from({ length: count }, (_, n) => ({ ...row, id: `${row.id} ${n}` }))
  assertCount('createMany', await tried('createMany', rows.createMany({ data })), count)
  const where = { id: { gt: row.id, lt: `${row.id}!` } }
  const page = rows.findMany({ where, select: { id: true }, take: count })
  const { length } = await tried('findMany', page)
  if (length < count) {
    throw new Unusable(
      `returns ${length} rows if findMany() asks for ${count}: a revocation of many grants would end too early`,
    )
  }
  assertCount('deleteMany', await tried('deleteMany', rows.deleteMany({ where })), count)
}

/** Writes and reads a record outside of a transaction, where reads may go to a replica. */
async function staleRead(records: Models['records']): Promise<void> {
  const id = `check ${randomBytes(32).toString('hex')}`
  const find = () =>
    tried('findUnique', records.findUnique({ where: { id }, select: recordFields }))
  // Also fills a cache, if there is one.
  await find()
  try {
    await tried('createMany', records.createMany({ data: [{ id, data: '{}', expiresAt: 0n }] }))
    if (!(await find())) throw new Unusable('does not return a row that was just written')
  } finally {
    await tried('deleteMany', records.deleteMany({ where: { id } }))
  }
  if (await find()) throw new Unusable('still returns a row that was just deleted')
}

/** Awaits a call. If it fails, and not because of the database, throws what the client refuses. */
async function tried<T>(method: string, call: PromiseLike<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (isOfDatabase(error)) throw error
    throw new Unusable(`refuses ${method}(): ${refusalOf(error)}`)
  }
}

function assertCount(method: string, { count }: { count: number }, expected = 1): void {
  if (count === expected) return
  throw new Unusable(`counts ${count} rows in ${method}() of ${expected}`)
}

function assertSame<Row extends object>(
  method: string,
  found: Row | null | undefined,
  expected: Row,
): void {
  if (!found) throw new Unusable(`does not return a row from ${method}() that exists`)
  for (const name of Object.keys(expected) as (keyof Row & string)[]) {
    if (found[name] === expected[name]) continue
    const what = found[name] === undefined ? 'leaves out' : 'changes'
    throw new Unusable(`${what} the field "${name}" in ${method}()`)
  }
}

async function problemOf(trial: () => Promise<void>): Promise<string | null> {
  try {
    await trial()
    return null
  } catch (error) {
    if (error instanceof Unusable) return error.message
    throw error
  }
}
