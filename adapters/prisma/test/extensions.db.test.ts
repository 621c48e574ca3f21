import { randomBytes } from 'node:crypto'
import { readReplicas } from '@prisma/extension-read-replicas'
import { type PrismaStore, prismaStore } from '@oauth2-kit/prisma'
import {
  aClient,
  aCredential,
  aRecord,
  aUser,
  all,
  before,
  issued,
  redeemed,
  t0,
} from '@oauth2-kit/testing'
import { urlOf } from './support/create'
import { unlessAll } from '../../../test/support/growth'
import {
  type AnyClient,
  type Place,
  clientFor,
  ddlOf,
  describeEngines,
  runSql,
} from './support/engines'
import { recorded } from './support/statements'

/** What a query extension receives. */
interface Call {
  model?: string
  operation: string
  args: Record<string, unknown>
  query: (args: unknown) => Promise<unknown>
}

type Intercept = (call: Call) => Promise<unknown>

/** Returns the client with an extension that sees every call on a model. */
function extended(client: AnyClient, $allOperations: Intercept): AnyClient {
  const query = { $allModels: { $allOperations } }
  return client.$extends({ query }) as unknown as AnyClient
}

/** Calls every method that reads, and checks what they return. */
async function expectToWork(store: PrismaStore): Promise<void> {
  const [client, user, record] = [aClient(), aUser({ metadata: { a: 1 } }), aRecord()]
  expect(await store.createClient(client)).toBe(true)
  expect(await store.getClient(client.id)).toEqual(client)
  expect(await store.listClients(all)).toContainEqual(client)
  expect(await store.createUser(user)).toBe(true)
  expect(await store.getUser(user.id)).toEqual(user)
  expect(await store.getUserByUsername(user.username)).toEqual(user)
  expect(await store.listUsers(all)).toContainEqual(user)
  expect(await store.addRecord(record)).toBe(true)
  expect(await store.getRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toBeNull()
  const ids = { clientId: client.id, userId: user.id }
  const { grant, credential } = await issued(store, ids)
  expect(await store.find(credential.hash)).toEqual(credential)
  expect(await store.listGrants(ids, all)).toEqual({ grants: [grant], next: null })
  const access = aCredential({ kind: 'access' })
  await redeemed(store, credential, aCredential(), access)
  expect(await store.isRedeemed(credential)).toBe(true)
  expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
  const more = aCredential({ kind: 'access', expiresAt: t0 - 1 })
  expect(await store.extend(grant, [more])).toBe('extended')
  await store.purge(before(t0), 1000)
  expect(await store.find(more.hash)).toBeNull()
  await store.revokeAccessToken(access.hash)
  expect(await store.find(access.hash)).toBeNull()
  expect(await store.revoke({ userId: user.id })).toBe(1)
  expect(await store.find(credential.hash)).toBeNull()
  await store.deleteUser(user.id, t0)
  expect(await store.getUser(user.id)).toBeNull()
  await store.deleteClient(client.id)
  expect(await store.getClient(client.id)).toBeNull()
}

/** Leaves out every field that is not a part of a key. */
const omit = {
  oAuthCredential: { data: true, kind: true, grantId: true, expiresAt: true, keepUntil: true },
  oAuthClient: { data: true, version: true },
  oAuthUser: { data: true, passwordHash: true, deletedUntil: true, username: true },
  oAuthRecord: { data: true, expiresAt: true },
}

const reads = new Set(['findUnique', 'findMany', 'findFirst'])

/** Stores the data of clients in another form than the store passes and receives. */
async function sealing({ model, operation, args, query }: Call): Promise<unknown> {
  if (model !== 'OAuthClient') return query(args)
  const { data, where } = args
  const sealed = {
    ...args,
    ...(data !== undefined && { data: Array.isArray(data) ? data.map(seal) : seal(data) }),
    ...(where !== undefined && { where: seal(where) }),
  }
  const result = await query(sealed)
  if (!reads.has(operation)) return result
  return Array.isArray(result) ? result.map(open) : open(result)
}

const seal = (row: unknown) => withData(row, (data) => `sealed ${data}`)
const open = (row: unknown) => withData(row, (data) => data.replace(/^sealed /, ''))

function withData(row: unknown, change: (data: string) => string): unknown {
  const { data } = (row ?? {}) as { data?: unknown }
  return typeof data === 'string' ? { ...(row as object), data: change(data) } : row
}

/** Extensions that do not affect the store. */
const harmless: Record<string, (client: AnyClient) => AnyClient> = {
  'that measures every query': (client) =>
    extended(client, async ({ args, query }) => {
      const since = performance.now()
      const result = await query(args)
      expect(performance.now()).toBeGreaterThanOrEqual(since)
      return result
    }),
  'that selects only ids by default': (client) =>
    extended(client, ({ operation, args, query }) =>
      query(reads.has(operation) ? { select: { id: true }, ...args } : args),
    ),
  'that deletes rows of other models softly': (client) =>
    extended(client, ({ model, operation, args, query }) => {
      if (model === 'Album' && operation === 'deleteMany') return Promise.resolve({ count: 1 })
      return query(args)
    }),
  'with a computed field': (client) =>
    client.$extends({
      result: { oAuthUser: { label: { needs: { id: true }, compute: ({ id }) => `user ${id}` } } },
    }) as unknown as AnyClient,
  'with methods for all models': (client) =>
    client.$extends({ model: { $allModels: { exists: () => true } } }) as unknown as AnyClient,
  'that seals data and opens it again': (client) => extended(client, sealing),
}

/** Extensions that the store cannot work with, and the problem that `check` reports. */
const harmful: [what: string, intercept: Intercept, problem: RegExp][] = [
  [
    'hides rows that a missing column marks as deleted',
    ({ operation, args, query }) =>
      query(
        reads.has(operation)
          ? { ...args, where: { ...(args.where as object), deletedAt: null } }
          : args,
      ),
    /^The client refuses findUnique\(\): Unknown argument `deletedAt`.* \(model "oAuthCredential"\)$/,
  ],
  [
    'turns a delete into an update of a missing column',
    ({ operation, args, query }) => {
      if (operation === 'deleteMany') throw new Error('Unknown argument `deletedAt`')
      return query(args)
    },
    /^The client refuses deleteMany\(\): Unknown argument/,
  ],
  [
    'marks rows as deleted, and hides them',
    softly(),
    /^The client keeps and hides rows that deleteMany\(\) deletes.* \(model "oAuthRecord"\)$/,
  ],
  [
    'ignores a delete',
    ({ operation, args, query }) =>
      operation === 'deleteMany' ? Promise.resolve({ count: 1 }) : query(args),
    /^The client returns a row after deleteMany\(\)/,
  ],
  [
    'hides users',
    async ({ model, operation, args, query }) =>
      model === 'OAuthUser' && operation === 'findUnique' ? null : query(args),
    /^The client does not return a row from findUnique\(\) that exists \(model "oAuthUser"\)$/,
  ],
  [
    'leaves out a field, whatever is selected',
    ({ operation, args, query }) => {
      const changed = { ...args, select: undefined, omit: { data: true } }
      return query(operation === 'findUnique' ? changed : args)
    },
    /^The client leaves out the field "data" in findUnique\(\) \(model "oAuthCredential"\)$/,
  ],
  [
    'leaves out a field besides the selected ones',
    ({ operation, args, query }) =>
      query(operation === 'findMany' ? { ...args, omit: { data: true } } : args),
    /^The client refuses findMany\(\): Please .*(omit|select)/,
  ],
  [
    'masks a field',
    async ({ model, args, query }) => {
      const result = await query(args)
      if (model !== 'OAuthUser' || !result || !Object.hasOwn(result, 'passwordHash')) return result
      return { ...result, passwordHash: '***' }
    },
    /^The client changes the field "passwordHash" in findUnique\(\) \(model "oAuthUser"\)$/,
  ],
  [
    'returns at most 100 rows',
    ({ operation, args, query }) =>
      query(
        operation === 'findMany'
          ? { ...args, take: Math.min(100, Number(args.take ?? 100)) }
          : args,
      ),
    /^The client returns 100 rows if findMany\(\) asks for 1001.* \(model "oAuthRecord"\)$/,
  ],
  [
    'forbids to update many rows',
    ({ operation, args, query }) => {
      if (operation === 'updateMany') throw new Error('Use update')
      return query(args)
    },
    /^The client refuses updateMany\(\): Use update \(model "oAuthCredential"\)$/,
  ],
  ['caches rows', cached(), /^The client does not return a row from findUnique\(\) that exists/],
]

/** Marks records as deleted instead of deleting them, and hides those that are marked. */
function softly(): Intercept {
  const hidden = new Set<unknown>()
  return async ({ model, operation, args, query }) => {
    if (model !== 'OAuthRecord') return query(args)
    const { id } = (args.where ?? {}) as { id?: unknown }
    if (operation === 'deleteMany') {
      hidden.add(id)
      return { count: 1 }
    }
    const row = await query(args)
    return operation === 'findUnique' && hidden.has(id) ? null : row
  }
}

/** Returns the first result of a look-up for ever. */
function cached(): Intercept {
  const rows = new Map<string, unknown>()
  return async ({ model, operation, args, query }) => {
    if (operation !== 'findUnique') return query(args)
    const key = JSON.stringify([model, args.where])
    if (!rows.has(key)) rows.set(key, await query(args))
    return rows.get(key)
  }
}

// They change what Prisma's client does, whatever the database is.
describeEngines(onExtendedClients, unlessAll(['sqlite']))

function onExtendedClients(place: Place): void {
  let client: AnyClient
  beforeAll(() => {
    client = clientFor(place.url)
  })
  afterAll(() => client.$disconnect())

  it('a global "omit" loses no field', async () => {
    const omitting = clientFor(place.url, { omit })
    const store = prismaStore(omitting)
    expect(await store.check()).toEqual([])
    await expectToWork(store)
    await omitting.$transaction(async (inner) => {
      const user = aUser()
      expect(await prismaStore(inner).createUser(user)).toBe(true)
      expect(await prismaStore(inner).getUser(user.id)).toEqual(user)
    })
    await omitting.$disconnect()
  })

  it.each(Object.keys(harmless))('works with an extension %s', async (what) => {
    const store = prismaStore(harmless[what]!(client))
    expect(await store.check()).toEqual([])
    await expectToWork(store)
  })

  it.each(harmful)('check() reports an extension that %s', async (_, intercept, problem) => {
    const findings = await prismaStore(extended(client, intercept)).check()
    expect(findings.length).toBeGreaterThan(0)
    expect(findings[0]!.problem).toMatch(problem)
    for (const { fix } of findings) {
      expect(fix).toMatch(/^An extension or an option of the client changes/)
    }
    expect(await client.oAuthCredential.count({ where: { kind: 'check' } })).toBe(0)
    expect(await client.oAuthRecord.count()).toBe(0)
  })

  it('check() rejects if the database fails, and reports no extension', async () => {
    const away = clientFor(
      place.provider === 'sqlite' ? 'file:/nowhere/at/all.db' : unreachable(place.url),
      {
        patience: 500,
      },
    )
    await expect(
      prismaStore(extended(away, ({ args, query }) => query(args))).check(),
    ).rejects.toHaveProperty('message')
    await away.$disconnect()
  })

  describe('with a replica that has no rows yet', () => {
    let replica: AnyClient
    let remove: () => Promise<void>
    beforeAll(async () => {
      const empty = await emptyPlace(place)
      replica = clientFor(empty.url)
      remove = empty.remove
    })
    afterAll(async () => {
      await replica.$disconnect()
      await remove()
    })

    function withReplica(): AnyClient {
      return client.$extends(readReplicas({ replicas: [replica] })) as unknown as AnyClient
    }

    it('reads of the application go to the replica', async () => {
      const written = aClient()
      await prismaStore(client).createClient(written)
      const where = { id: written.id }
      expect(await withReplica().oAuthClient.findUnique({ where })).toBeNull()
    })

    it('all reads of the store go to the primary', async () => {
      const statements = await recorded(replica, async () => {
        const store = prismaStore(withReplica())
        expect(await store.check()).toEqual([])
        await expectToWork(store)
      })
      expect(statements).toEqual([])
    })

    it('all reads of the store in a transaction go to the primary', async () => {
      const statements = await recorded(replica, () =>
        withReplica().$transaction(async (inner) => {
          const store = prismaStore(inner)
          const { credential } = await issued(store)
          expect(await store.find(credential.hash)).toEqual(credential)
        }),
      )
      expect(statements).toEqual([])
    })

    it('check() reports reads that go to a replica in another way', async () => {
      const routed = client.$extends({
        query: {
          $allModels: {
            $allOperations: ((call: Call & { __internalParams: { transaction?: unknown } }) => {
              const { model, operation, args, query, __internalParams: inner } = call
              if (inner.transaction || !reads.has(operation)) return query(args)
              const name = model!.charAt(0).toLowerCase() + model!.slice(1)
              const methods = (replica as unknown as Record<string, Record<string, Intercept>>)[
                name
              ]!
              return methods[operation]!(args as never)
            }) as never,
          },
        },
      }) as unknown as AnyClient
      expect(await prismaStore(routed).check()).toEqual([
        {
          problem: 'The client does not return a row that was just written (model "oAuthRecord")',
          fix: expect.stringContaining('$primary()'),
        },
      ])
      expect(await client.oAuthRecord.count()).toBe(0)
    })
  })
}

/** Creates the tables again in another place, which stands for a replica that lags. */
async function emptyPlace(place: Place): Promise<{ url: string; remove: () => Promise<void> }> {
  const namespace = `replica${randomBytes(6).toString('hex')}`
  const url = urlOf(place.url, namespace)
  const ddl = ddlOf(place.provider)
  if (place.provider === 'postgresql') {
    await runSql(url, `CREATE SCHEMA ${namespace}; SET search_path TO ${namespace}; ${ddl}`)
  } else if (place.provider === 'mysql') {
    const name = new URL(url).pathname.slice(1)
    await runSql(place.url, `CREATE DATABASE ${name}; USE ${name}; ${ddl}`)
    return { url, remove: () => runSql(place.url, `DROP DATABASE ${name}`) }
  } else {
    await runSql(url, ddl)
  }
  return { url, remove: async () => {} }
}

function unreachable(url: string): string {
  const away = new URL(url)
  away.port = '1'
  return away.href
}
