import { types } from 'node:util'
import type { Credential, Grant, NewCredential, Store } from '@oauth2-kit/core'
import { issues } from './checked'
import { Engine, type EngineOptions } from './engine'
import { Failure, equal, within } from './expect'
import type { Outage } from './guard/guarded'
import { aCredential, aGrant, aRecord, asFound, nearHashes, nearTexts, wholeSecond } from './given'
import type { Fleet } from './processes/fleet'
import { Steps, recorded } from './recorder'
import { type Session, aNamespace, storeOf } from './session'
import type { Context, Created, RawHooks } from './types'
import { type Wire, openWire } from './wire'
import { wrapped } from './guard/wrapped'

/** The limit of opening and closing a proxy, in milliseconds. */
const longestWireMs = 60_000

/** What a case does to a connection, after which a call may hang. */
const faults: ReadonlySet<string> = new Set<keyof Wire>([
  'barrier',
  'refuse',
  'stall',
  'cut',
  'loseReply',
  'slow',
])

/** An issued grant, with decoys beside it that must not change. */
export interface IssuedGrant {
  grant: Grant
  /** Its first credential, as `find` returns it. */
  credential: Credential
  /** Rejects with a Failure unless every decoy is unchanged. */
  unharmed: () => Promise<void>
}

/** What a case works with: the store, and ways to open more of them. */
export class StoreTrial {
  /** The calls so far, for the report. */
  readonly steps = new Steps()
  /** The first instance over the run's namespace, with its calls recorded. */
  readonly store: Store
  /** The same store as `create` returned it: not recorded, and its results not trimmed. */
  readonly bare: Store
  /** The raw hooks. Those in the `needs` of the case are present. */
  readonly raw: Required<RawHooks>
  private readonly own: Created[] = []
  private readonly wires: Wire[] = []
  private readonly fleets: Fleet[] = []
  private hasEnded = false

  constructor(
    readonly session: Session,
    created: Created,
  ) {
    this.bare = storeOf(created)
    this.store = this.recorded(this.bare)
    this.raw = session.raw as Required<RawHooks>
  }

  /** The context to pass to the raw hooks. */
  get context(): Context {
    return this.session.context()
  }

  /**
   * Resolves with stores over the same data, each with its own connections. They stay open for
   * other cases.
   */
  async instances(count: number): Promise<Store[]> {
    const numbers = Array.from({ length: count }, (_, n) => n)
    const created = await Promise.all(numbers.map((number) => this.session.instance(number)))
    return created.map((one) => this.recorded(storeOf(one)))
  }

  /** Resolves with a store over the same data for this case alone. */
  another(instance: number): Promise<Store> {
    return this.open(this.session.context({ instance }))
  }

  /** Resolves with a store of another namespace. */
  async elsewhere(): Promise<Store> {
    return (await this.apart()).store
  }

  /** Resolves with stores that share another namespace, each with its own connections. */
  async together(count: number): Promise<Store[]> {
    const context = this.session.context({ namespace: aNamespace() })
    return Promise.all(
      Array.from({ length: count }, (_, instance) => this.open({ ...context, instance })),
    )
  }

  /** Resolves with a store of another namespace and its context for the raw hooks. */
  async apart(): Promise<{ store: Store; context: Context }> {
    const context = this.session.context({ namespace: aNamespace() })
    return { store: await this.open(context), context }
  }

  /** Resolves with stores over the same data that all connect through one proxy. */
  async wired(count: number): Promise<{ wire: Wire; stores: Store[] }> {
    const wire = await within(longestWireMs, openWire(this.session.url!), 'Opening the proxy')
    this.wires.push(wire)
    const { url, natMap } = wire
    const outage = { isOn: false }
    const stores = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        this.open(this.session.context({ instance: 40 + n, url, natMap }), outage),
      ),
    )
    await warm(stores)
    const breaking = wrapped(wire, (name, method) => (...args) => {
      if (faults.has(name)) outage.isOn = true
      return method(...args)
    })
    return { wire: breaking, stores }
  }

  /**
   * Resolves with processes that have one store each. Other cases reuse them, unless `environment`
   * is set: those end with this case.
   */
  async processes(count: number, environment?: NodeJS.ProcessEnv): Promise<Fleet> {
    if (!environment) return this.session.fleet(count)
    const fleet = await this.session.startFleet(count, environment)
    this.fleets.push(fleet)
    return fleet
  }

  /** Returns the core's own engine over `store`. */
  engine(options: EngineOptions = {}, store: Store = this.store): Engine {
    this.steps.usesEngine = true
    return new Engine(store, wholeSecond(this.session.settings.now()), options)
  }

  /**
   * Issues a grant with one credential, and decoys beside it: another grant of the same user and
   * client, one that shares only the user, one that shares only the client, ones with almost the
   * same user id or client id, and credentials whose hashes differ in one digit.
   */
  async issuedGrant(
    differences: Partial<NewCredential> = {},
    grantDifferences: Partial<Grant> = {},
  ): Promise<IssuedGrant> {
    const grant = aGrant(grantDifferences)
    const credential = aCredential(differences)
    const { clientId, userId } = grant
    const decoyGrants = [
      { clientId, userId },
      { userId },
      { clientId },
      ...(userId === null ? [] : [{ clientId, userId: nearTexts(userId)[0]! }]),
      { clientId: nearTexts(clientId)[0]!, userId },
    ]
    const hashes = nearHashes(credential.hash)
    const decoys = decoyGrants.map((one, n) => ({
      grant: aGrant(one),
      credential: aCredential({ ...differences, hash: hashes[n] ?? aCredential().hash }),
    }))
    const store: Store = this.store
    for (const decoy of decoys) this.steps.hide(decoy.grant.id)
    await Promise.all(decoys.map((one) => issues(store, one.grant, [one.credential])))
    await issues(store, grant, [credential])
    return {
      grant,
      credential: asFound(credential, grant),
      async unharmed() {
        for (const decoy of decoys) {
          await foundAs(store, decoy.credential, decoy.grant, 'A credential of another grant')
        }
      },
    }
  }

  /** Closes what was opened for this case alone, and refuses its further calls. */
  async end(): Promise<void> {
    this.hasEnded = true
    // A proxy that still holds bytes back would keep a store from closing.
    for (const wire of this.wires) wire.restore()
    await Promise.all(this.own.splice(0).map((created) => this.session.closeAfterCase(created)))
    await Promise.allSettled(
      this.wires.splice(0).map((wire) => within(longestWireMs, wire.close(), 'Closing the proxy')),
    )
    await Promise.allSettled(this.fleets.splice(0).map((fleet) => this.session.endFleet(fleet)))
  }

  private async open(context: Context, outage?: Outage): Promise<Store> {
    const created = await this.session.open(context, outage)
    this.own.push(created)
    return this.recorded(storeOf(created))
  }

  /** Returns the store with its calls recorded. After the case has ended, they are refused. */
  recorded<T extends object>(store: T): T {
    return wrapped(recorded(store, this.steps), (_, method) => (...args) => {
      if (this.hasEnded) return Promise.reject(new Failure('The case has ended'))
      const answer = method(...args)
      // A case that fails may not await every call. Their errors are not stray ones.
      if (types.isPromise(answer)) answer.catch(() => {})
      return answer
    })
  }
}

/** Makes calls on each store, so that connections are open and statements are prepared. */
export async function warm(stores: readonly Store[]): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await Promise.all(
      stores.map(async (store) => {
        const [grant, credential] = [aGrant(), aCredential()]
        await issues(store, grant, [credential])
        const found = await store.find(credential.hash)
        if (found) await store.redeem(found, [aCredential()])
        await store.extend(grant, [aCredential()])
        const record = aRecord()
        await store.addRecord(record)
        await store.takeRecord(record.key)
        await store.revoke({ grantId: grant.id })
      }),
    )
  }
}

/** Rejects with a Failure unless the store finds the credential exactly as it was written. */
export async function foundAs(
  store: Store,
  credential: NewCredential,
  grant: Grant | Credential['grant'],
  what: string,
): Promise<void> {
  equal(await store.find(credential.hash), asFound(credential, grant), what)
}

/** Rejects with a Failure if the store finds the credential. */
export async function notFound(store: Store, hash: string, what: string): Promise<void> {
  equal(await store.find(hash), null, what)
}
