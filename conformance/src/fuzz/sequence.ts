import type { Client, Credential, Grant, NewCredential, Store } from '@oauth2-kit/core'
import * as fc from 'fast-check'
import { equal } from '../expect'
import { aClient, aCredential, aGrant, anId, asFound } from '../given'
import { Database, directConnection } from '../reference/connection'
import { referenceStore } from '../reference/store'

/** One call, in terms of what the sequence has made so far. */
export interface Step {
  call: (typeof calls)[number]
  /** In which of the two namespaces. */
  tenant: number
  /** Which one of what there is, counted from the newest; and which second one. */
  pick: number
  other: number
  kind: 'code' | 'refresh' | 'access'
  /** When it expires, from now, in milliseconds: what has expired is still found. */
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
  'revokeCredential',
  'revoke',
  'list',
  'remember',
  'saveClient',
  'deleteClient',
  'getClient',
] as const

const step: fc.Arbitrary<Step> = fc.record({
  // More often what the others build upon.
  call: fc.constantFrom(...calls, 'issue', 'redeem', 'redeem', 'retry'),
  // Most of it in the first one: so that calls have something to do with each other.
  tenant: fc.nat(4).map((n) => (n === 4 ? 1 : 0)),
  pick: fc.nat(5),
  other: fc.nat(5),
  kind: fc.constantFrom('code', 'refresh', 'access'),
  ms: fc.option(fc.integer({ min: -60_000, max: 3_600_000 })),
  by: fc.constantFrom('grantId', 'userId', 'clientId', 'both'),
})

/** Some calls in a row. */
export const sequence = fc.array(step, { minLength: 1, maxLength: 30, size: 'max' })

/** What one sequence has made, for its later steps to speak of. */
interface World {
  grants: Grant[]
  credentials: Credential[]
  attempts: [Credential, NewCredential[]][]
  clients: Client[]
  users: string[]
  keys: string[]
  now: number
}

/** Takes the same steps on the stores and on the simplest one there is, and compares every answer. */
export async function compare(stores: readonly Store[], steps: readonly Step[]): Promise<void> {
  const database = new Database()
  const oracles = ['a', 'b'].map((name) => referenceStore(directConnection(database), name))
  const names = Array.from({ length: 3 }, () => anId('n'))
  const world: World = {
    grants: [],
    credentials: [],
    attempts: [],
    clients: names.map((id) => aClient({ id })),
    users: Array.from({ length: 3 }, () => anId('u')),
    keys: Array.from({ length: 2 }, () => aCredential().hash),
    now: Date.now(),
  }
  for (const [n, one] of steps.entries()) {
    const call = callOf(one, world)
    if (!call) continue
    const wanted = await answerOf(call, oracles[one.tenant]!)
    const actual = await answerOf(call, stores[one.tenant]!)
    equal(
      actual,
      wanted,
      `Step ${n + 1} of ${steps.length}, ${one.call} in namespace ${one.tenant + 1}`,
    )
  }
}

type Make = (store: Store) => Promise<unknown>

/** The call that a step stands for; null where there is nothing yet that it could speak of. */
function callOf(one: Step, world: World): Make | null {
  const { grants, credentials, attempts, clients, users, keys, now } = world
  const pick = <T>(list: readonly T[], at = one.pick): T | undefined =>
    list.at(-1 - (at % Math.max(1, list.length)))
  const made = (kinds: NewCredential['kind'][], ms: number | null) => {
    const expiresAt = ms === null ? null : now + ms
    return kinds.map((kind) => aCredential({ kind, createdAt: now, expiresAt }))
  }
  const remember = (fresh: NewCredential[], grant: Credential['grant']) =>
    credentials.push(...fresh.map((each) => asFound(each, grant)))

  if (one.call === 'issue') {
    const grant = aGrant({ clientId: pick(clients)!.id, userId: pick(users, one.other)! })
    const fresh = made([one.kind, 'access'], one.ms)
    grants.push(grant)
    remember(fresh, grant)
    return (store) => store.issue(grant, fresh)
  }
  if (one.call === 'saveClient') return (store) => store.saveClient(pick(clients)!)
  if (one.call === 'getClient') return (store) => store.getClient(pick(clients)!.id)
  if (one.call === 'deleteClient') return (store) => store.deleteClient(pick(clients)!.id)
  if (one.call === 'remember') return (store) => store.remember(pick(keys)!, now + 600_000)
  if (one.call === 'retry') {
    const attempt = pick(attempts)
    return attempt ? (store) => store.redeem(...attempt) : null
  }

  const [credential, grant] = [pick(credentials), pick(grants)]
  if (!credential || !grant) return null
  if (one.call === 'find') return (store) => store.find(credential.hash)
  if (one.call === 'isRedeemed') {
    return async (store) => (await store.find(credential.hash)) && store.isRedeemed(credential)
  }
  if (one.call === 'revokeCredential') return (store) => store.revokeCredential(credential.hash)
  if (one.call === 'revoke' || one.call === 'list') {
    const selector = selectorOf(one.by, grant)
    if (one.call === 'revoke') return (store) => store.revoke(selector)
    return async (store) => {
      const listed = await store.listGrants(selector, { limit: 50 })
      return listed.map(({ id }) => id)
    }
  }
  if (one.call === 'extend') {
    const fresh = made(['access'], one.ms)
    remember(fresh, grant)
    return (store) => store.extend(grant, fresh)
  }
  // The engine redeems codes and refresh tokens; nobody asks for anything else.
  const old = pick(credentials.filter(({ kind }) => kind === 'code' || kind === 'refresh'))
  if (!old) return null
  const fresh = made(one.other % 3 === 0 ? ['used'] : ['refresh', 'access'], one.ms)
  attempts.push([old, fresh])
  remember(fresh, old.grant)
  return (store) => store.redeem(old, fresh)
}

function selectorOf(by: Step['by'], { id, clientId, userId }: Grant) {
  const user = { userId: userId! }
  if (by === 'grantId') return { grantId: id }
  if (by === 'clientId') return { clientId }
  return by === 'userId' ? user : { ...user, clientId }
}

/** The answer, or that there was an error: its text is the store's own. */
async function answerOf(make: Make, store: Store): Promise<unknown> {
  try {
    const answer = await make(store)
    if (typeof answer !== 'object' || answer === null) return answer
    // Of a grant that is gone both can be said.
    if ('status' in answer && answer.status === 'unknown') return { status: 'revoked' }
    return answer
  } catch {
    return 'an error'
  }
}
