import type { Client, Credential, Grant, NewCredential, Store, User } from '@oauth2-kit/core'
import * as fc from 'fast-check'
import { grantsOf } from '../checked'
import { equal } from '../expect'
import { aClient, aCredential, aGrant, aRecord, aUser, anId, asFound } from '../given'
import { Database, directConnection } from '../reference/connection'
import { referenceStore } from '../reference/store'

/** One call. It refers to what the earlier steps of its sequence made. */
export interface Step {
  call: (typeof calls)[number]
  /** The index of its namespace, of two. */
  tenant: number
  /** The index of the instance over that namespace, of two. */
  instance: number
  /** The object that it uses, counted from the newest, and a second object. */
  pick: number
  other: number
  kind: 'code' | 'refresh' | 'access'
  /** The expiry of what it makes, in milliseconds from now. Expired credentials are still found. */
  ms: number | null
  by: 'grantId' | 'userId' | 'clientId' | 'both'
}

const calls = [
  'issue',
  'redeem',
  'retry',
  'extend',
  'find',
  'isRedeemed',
  'revokeAccessToken',
  'revoke',
  'list',
  'addRecord',
  'getRecord',
  'takeRecord',
  'createClient',
  'updateClient',
  'deleteClient',
  'getClient',
  'listClients',
  'createUser',
  'updateUser',
  'deleteUser',
  'getUser',
  'listUsers',
  'getUserByUsername',
] as const

const grantCalls = ['issue', 'redeem', 'redeem', 'retry', 'extend', 'find'] as const

const step: fc.Arbitrary<Step> = fc.record({
  // Calls that the others build on are more frequent.
  call: fc.constantFrom(...calls, ...grantCalls, ...grantCalls),
  // Most steps use the first namespace, so that calls affect each other.
  tenant: fc.nat(4).map((n) => (n === 4 ? 1 : 0)),
  instance: fc.nat(1),
  pick: fc.nat(5),
  other: fc.nat(5),
  kind: fc.constantFrom('code', 'refresh', 'access'),
  ms: fc.option(fc.integer({ min: -60_000, max: 3_600_000 })),
  by: fc.constantFrom('grantId', 'userId', 'clientId', 'both'),
})

/** Sequences of calls. */
export const sequence = fc.array(step, { minLength: 1, maxLength: 40, size: 'max' })

/** The objects that a sequence has created so far. Its later steps refer to them. */
interface World {
  grants: Grant[]
  credentials: Credential[]
  attempts: [Credential, NewCredential[]][]
  /** Every state of a client or user that a step wrote or tried to write. */
  clients: Client[]
  users: User[]
  keys: string[]
  now: number
}

/**
 * Runs the same steps on the stores and on a reference store, and compares every result. The stores
 * are those of two new namespaces, two instances each.
 */
export async function compare(
  stores: readonly (readonly Store[])[],
  steps: readonly Step[],
): Promise<void> {
  const database = new Database()
  const oracles = ['a', 'b'].map((name) => referenceStore(directConnection(database), name))
  const times = Array.from({ length: 3 }, (_, n) => n)
  const world: World = {
    grants: [],
    credentials: [],
    attempts: [],
    clients: times.map((n) => aClient(shapes[n])),
    users: times.map(() => aUser()),
    keys: times.map(() => anId('k')),
    now: Date.now(),
  }
  for (const [n, one] of steps.entries()) {
    const call = callOf(one, world)
    const isMissing = /User/.test(one.call) && !stores[0]?.[0]?.supports.users
    if (!call || isMissing) continue
    const wanted = await answerOf(call, oracles[one.tenant]!)
    const actual = await answerOf(call, stores[one.tenant]![one.instance]!)
    equal(
      actual,
      wanted,
      `Step ${n + 1} of ${steps.length}, ${one.call} in namespace ${one.tenant + 1}`,
    )
  }
}

/** Some members of clients, so that an update adds, changes and removes members. */
const shapes: readonly Partial<Client>[] = [
  {},
  { metadata: { a: 1, b: { c: [1, 2] } }, scopes: null },
  { metadata: { b: { d: 2 } }, name: 'x', accessTokenLifetime: null },
  { redirectUris: [], resources: ['urn:example:b', 'urn:example:a'], userId: 'user' },
]

/** Resolves with the ids of those entries of a list that the sequence knows. */
async function idsOf(
  listed: Promise<readonly { id: string }[]>,
  known: readonly { id: string }[],
): Promise<string[]> {
  const ids = new Set(known.map(({ id }) => id))
  return (await listed).map(({ id }) => id).filter((id) => ids.has(id))
}

type Make = (store: Store) => Promise<unknown>

/** Returns the call of a step, or null if nothing exists yet that it could refer to. */
function callOf(one: Step, world: World): Make | null {
  return callOnRecord(one, world) ?? callOnGrant(one, world)
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list.at(-1 - (at % Math.max(1, list.length)))
}

/** Returns a call on clients, users or records, or null. */
function callOnRecord(one: Step, { clients, users, keys, now }: World): Make | null {
  const [client, user, key] = [
    pick(clients, one.pick)!,
    pick(users, one.pick)!,
    pick(keys, one.pick)!,
  ]
  if (one.call === 'createClient') return (store) => store.createClient(client)
  if (one.call === 'getClient') return (store) => store.getClient(client.id)
  if (one.call === 'listClients')
    return (store) => idsOf(store.listClients({ limit: 100 }), clients)
  if (one.call === 'listUsers')
    return async (store) => store.listUsers && idsOf(store.listUsers({ limit: 100 }), users)
  if (one.call === 'deleteClient') return (store) => store.deleteClient(client.id)
  if (one.call === 'updateClient') {
    const changed = aClient({ ...shapes[one.other], id: client.id })
    clients.push(changed)
    return (store) => store.updateClient(changed, client.version)
  }
  if (one.call === 'createUser') return async (store) => store.createUser?.(user)
  if (one.call === 'getUser') return async (store) => store.getUser?.(user.id)
  if (one.call === 'getUserByUsername')
    return async (store) => store.getUserByUsername?.(user.username)
  if (one.call === 'deleteUser') return async (store) => store.deleteUser?.(user.id, now + 600_000)
  if (one.call === 'updateUser') {
    const changed = aUser({ id: user.id, username: pick(users, one.other)!.username })
    users.push(changed)
    return async (store) => store.updateUser?.(changed, user.version)
  }
  if (one.call === 'getRecord') return (store) => store.getRecord(key)
  if (one.call === 'takeRecord') return (store) => store.takeRecord(key)
  if (one.call === 'addRecord') {
    const record = aRecord({ key, data: `{"n":${one.other}}`, expiresAt: now + 600_000 })
    return (store) => store.addRecord(record)
  }
  return null
}

/** Returns a call on grants or credentials, or null. */
function callOnGrant(one: Step, world: World): Make | null {
  const { grants, credentials, attempts, clients, users, now } = world
  const made = (kinds: NewCredential['kind'][], ms: number | null) =>
    kinds.map((kind) => {
      // A database that removes expired data by itself keeps no expired answer.
      const end = kind === 'answer' ? 600_000 : ms
      return aCredential({ kind, createdAt: now, expiresAt: end === null ? null : now + end })
    })
  const note = (fresh: NewCredential[], grant: Credential['grant']) =>
    credentials.push(...fresh.map((each) => asFound(each, grant)))

  if (one.call === 'issue') {
    const { id, version } = pick(clients, one.pick)!
    const userId = one.kind === 'access' ? null : pick(users, one.other)!.id
    const grant = aGrant({ clientId: id, userId })
    const fresh = made([one.kind, 'access'], one.ms)
    grants.push(grant)
    note(fresh, grant)
    const conditions =
      one.by === 'clientId' && one.kind === 'code' ? { clientVersion: version } : {}
    return (store) => store.issue(grant, fresh, conditions)
  }
  if (one.call === 'retry') {
    const attempt = pick(attempts, one.pick)
    return attempt ? (store) => store.redeem(...attempt) : null
  }

  const [credential, grant] = [pick(credentials, one.pick), pick(grants, one.pick)]
  if (!credential || !grant) return null
  if (one.call === 'find') return (store) => findWhole(store, credential, attempts)
  if (one.call === 'isRedeemed') {
    return async (store) => (await store.find(credential.hash)) && store.isRedeemed(credential)
  }
  if (one.call === 'revokeAccessToken') return (store) => store.revokeAccessToken(credential.hash)
  if (one.call === 'revoke' || one.call === 'list') {
    const selector = selectorOf(one.by, grant)
    if (one.call === 'revoke') return (store) => store.revoke(selector)
    return async (store) => (await grantsOf(store, selector, 3)).map(({ id }) => id)
  }
  if (one.call === 'extend') {
    const fresh = made(['access'], one.ms)
    note(fresh, grant)
    return (store) => store.extend(grant, fresh)
  }
  // The engine redeems only codes and refresh tokens.
  const redeemable = credentials.filter(({ kind }) => kind === 'code' || kind === 'refresh')
  const old = pick(redeemable, one.pick)
  if (!old) return null
  const fresh = made(one.other % 3 === 0 ? ['used'] : ['refresh', 'access', 'answer'], one.ms)
  attempts.push([old, fresh])
  note(fresh, old.grant)
  return (store) => store.redeem(old, fresh)
}

/**
 * Returns the result of `find`. A store may drop the data once a successor was redeemed; then it is
 * filled in.
 */
async function findWhole(
  store: Store,
  credential: Credential,
  attempts: World['attempts'],
): Promise<Credential | null> {
  const found = await store.find(credential.hash)
  if (found?.data !== '') return found
  const successors = attempts.flatMap(([old, made]) => (old.hash === credential.hash ? made : []))
  const used = await Promise.all(
    successors.map((one) => store.isRedeemed(asFound(one, credential.grant))),
  )
  return used.includes(true) ? { ...found, data: credential.data } : found
}

function selectorOf(by: Step['by'], { id, clientId, userId }: Grant) {
  if (by === 'grantId') return { grantId: id }
  if (by === 'clientId' || userId === null) return { clientId }
  const user = { userId }
  return by === 'userId' ? user : { ...user, clientId }
}

/** Returns the result of a call, or a fixed text if it rejected, because error messages differ. */
async function answerOf(make: Make, store: Store): Promise<unknown> {
  try {
    const answer = await make(store)
    if (typeof answer !== 'object' || answer === null) return answer
    // Both results are correct for a grant that is gone.
    if ('status' in answer && answer.status === 'unknown') return { status: 'revoked' }
    return answer
  } catch {
    return 'an error'
  }
}
