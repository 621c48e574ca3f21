import path from 'node:path'
import type { Store } from '@oauth2-kit/core'
import { describeConformance } from '@oauth2-kit/conformance'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  aVersion,
  before,
  issued,
  redeemed,
  refOf,
} from '@oauth2-kit/testing'
import { describeStore } from '../../../../test/support/conformance'
import { allRun, growthCases } from '../../../../test/support/growth'
import type { Opened } from './binding'
import { bindingOf } from './binding'
import { create, tablesOf, variables } from './conformance-module'
import { type Place, describeEngines, describeLibsqlServer, libsqlServer } from './places'
import { type RawConnection, openRaw } from './raw'

/**
 * The cases that depend on the client of a binding. The others check the statements, which are the
 * same for every binding of a database. `npm run test:all` runs all cases on each of them.
 */
const ofClients = [
  'shape',
  'once.*.barrier',
  'value.data',
  'value.large',
  'fault',
  'record',
  'life',
]

/** Those that the other databases of a binding run. */
const ofEngines = ['shape', 'once.*.barrier', 'value.large']

function isFirst(name: string, { engine }: Place): boolean {
  return bindingOf(name).engines[0] === engine
}

/** The bindings that run the whole suite each time, one for each database. */
const whole = ['pg', 'mysql2', 'libsql']

/** Tests the store of a binding on each database that its client has. */
export function describeBinding(name: string): void {
  describeEngines(bindingOf(name).engines, (place) => testsOf(name, place))
}

/** Tests the store of a binding on a libSQL server. */
export function describeOnLibsqlServer(name: string): void {
  describeLibsqlServer((place) => testsOf(name, place))
}

function testsOf(name: string, place: Place): void {
  conformance(name, place)
  transactions(name, place)
  errors(name, place)
}

function conformance(name: string, place: Place): void {
  let connection: RawConnection
  beforeAll(() => {
    Object.assign(process.env, { [variables.binding]: name, [variables.url]: place.url })
    connection = openRaw(place.engine, place.url)
  })
  afterAll(() => connection?.close())

  // A libSQL server of 2025 hangs now and then once many callers have written some megabytes.
  const isWhole = (allRun || whole.includes(name)) && place.name !== libsqlServer
  const describeSuite = isWhole ? describeStore : describeConformance
  describeSuite({
    name: `@oauth2-kit/sql/${name} on ${place.name}`,
    ...(isWhole ? {} : { only: isFirst(name, place) ? ofClients : ofEngines }),
    except: bindingOf(name).prepares ? [...growthCases, 'fault.record.lost-reply'] : growthCases,
    url: place.isServer ? () => place.url : null,
    deadline: place.engine === 'mariadb' ? null : 20_000,
    create,
    raw: {
      dump: (context) => connection.raw.dump!(context),
      count: (context) => connection.raw.count!(context),
      alive: (context) => connection.raw.alive!(context),
      damage: (context) => connection.raw.damage!(context),
      older: (context) => connection.raw.older!(context),
    },
    processes: {
      module: path.join(__dirname, 'conformance-module.ts'),
      execArgv: ['--require', path.resolve(__dirname, '../../../../test/support/typescript.cjs')],
    },
  })
}

class Rollback extends Error {}

function transactions(name: string, place: Place): void {
  let opened: Opened
  const tables = tablesOf('joined')
  beforeAll(async () => {
    opened = await bindingOf(name).open(place.url, place.engine, 20_000)
    await opened.storeOn({ tables }).migrate()
  })
  afterAll(() => opened?.close())

  /** Runs the work in a transaction of the client. */
  function together<T>(work: (store: Required<Store>) => Promise<T>): Promise<T> {
    return opened.transaction!((storeOn) => work(storeOn({ tables })))
  }

  const isMissing = () => opened.transaction === undefined

  it('writes in a transaction of the client are kept when it is committed', async () => {
    if (isMissing()) return
    const client = aClient()
    const { credential } = await together(async (joined) => {
      expect(await joined.createClient(client)).toBe(true)
      const made = await issued(joined)
      await redeemed(joined, made.credential, aCredential(), aCredential({ kind: 'access' }))
      return made
    })
    const store = opened.storeOn({ tables })
    expect(await store.find(credential.hash)).toEqual(credential)
    expect(await store.getClient(client.id)).toEqual(client)
    expect(await store.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
  })

  it('writes in a transaction of the client are undone when it is rolled back', async () => {
    if (isMissing()) return
    const store = opened.storeOn({ tables })
    const kept = await issued(store)
    const credential = aCredential()
    const work = together(async (joined) => {
      await joined.issue(aGrant(), [credential], {})
      await redeemed(joined, kept.credential, aCredential())
      expect(await joined.find(credential.hash)).not.toBeNull()
      expect(await joined.revoke({ grantId: kept.grant.id })).toBe(1)
      await joined.purge(before(Number.MAX_SAFE_INTEGER), 1000)
      throw new Rollback('rolled back')
    })
    await expect(work).rejects.toThrow(Rollback)
    expect(await store.find(credential.hash)).toBeNull()
    expect(await store.redeem(kept.credential, [aCredential()])).toEqual({ status: 'redeemed' })
  })

  it('a transaction of the client stays usable after a replay, a revocation or a duplicate', async () => {
    if (isMissing()) return
    const store = opened.storeOn({ tables })
    const [replayed, gone] = [await issued(store), await issued(store)]
    await redeemed(store, replayed.credential, aCredential())
    await store.revoke({ grantId: gone.grant.id })
    const [client, user, another] = [aClient(), aUser(), aUser()]
    for (const one of [user, another]) await store.createUser(one)
    const { credential } = await together(async (joined) => {
      const again = await joined.redeem(replayed.credential, [aCredential()])
      expect(again).toEqual({ status: 'replayed' })
      expect(await joined.redeem(gone.credential, [aCredential()])).toEqual({ status: 'revoked' })
      expect(await joined.extend(refOf(gone.grant), [aCredential()])).toBe('revoked')
      const record = aRecord()
      expect(await joined.addRecord(record)).toBe(true)
      expect(await joined.addRecord(record)).toBe(false)
      expect(await joined.createClient(client)).toBe(true)
      expect(await joined.createClient(aClient({ id: client.id }))).toBe(false)
      expect(await joined.createUser(aUser({ username: user.username }))).toBe(false)
      const other = { ...another, version: aVersion(), username: user.username }
      expect(await joined.updateUser(other, another.version)).toBe(false)
      return issued(joined)
    })
    expect(await store.find(credential.hash)).toEqual(credential)
  })
}

function errors(name: string, place: Place): void {
  it('redeem() with a hash that is taken says so, and writes nothing', async () => {
    const opened = await bindingOf(name).open(place.url, place.engine, 20_000)
    try {
      const store = opened.storeOn({ tables: tablesOf('taken') })
      await store.migrate()
      const { credential } = await issued(store)
      const [first, other] = [aCredential(), aCredential({ hash: credential.hash })]
      const taken = { code: 'OAUTH2_KIT_EXISTS' }
      await expect(store.redeem(credential, [other])).rejects.toMatchObject(taken)
      await expect(store.redeem(credential, [first, other])).rejects.toMatchObject(taken)
      expect(await store.find(first.hash)).toBeNull()
      expect(await store.redeem(credential, [first])).toEqual({ status: 'redeemed' })
    } finally {
      await opened.close()
    }
  })

  it('errors show neither the statement nor its values', async () => {
    const opened = await bindingOf(name).open(place.url, place.engine, 20_000)
    try {
      const tables = tablesOf('failing')
      const store = opened.storeOn({ tables })
      const missing = await store.find('hash-of-a-secret').then(() => null, seen)
      expect(missing).toMatch(/failing_credentials|The database failed/)
      await store.migrate()
      const { grant, credential } = await issued(store)
      const secret = { userId: 'user-of-a-secret', data: 'data-of-a-secret' }
      const user = aUser({ passwordHash: 'hash-of-a-secret' })
      await store.createUser(user)
      const failures = await Promise.all([
        store.issue({ ...aGrant(secret), id: grant.id }, [aCredential(secret)], {}).catch(seen),
        store.issue(aGrant(secret), [{ ...credential, ...secret }], {}).catch(seen),
        store.extend(grant, [{ ...credential, ...secret }]).catch(seen),
        store.updateUser({ ...user, passwordHash: null as never }, user.version).catch(seen),
      ])
      for (const failure of [missing, ...failures]) {
        expect(failure).toMatch(/failed|exist|no such table/)
        expect(failure).not.toMatch(/of-a-secret|[0-9a-f]{64}|INSERT|SELECT/)
      }
    } finally {
      await opened.close()
    }
  })
}

/** Returns all that a log would show of an error. */
function seen(error: Error): string {
  const own = JSON.stringify(error, Object.getOwnPropertyNames(error))
  return `${own} ${error.cause ? seen(error.cause as Error) : ''}`
}
