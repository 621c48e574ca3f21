import type { Credential, Grant, NewCredential, Store } from '@oauth2-kit/core'
import { issues } from './checked'
import { Engine, type EngineOptions } from './engine'
import { equal } from './expect'
import { aCredential, aGrant, aRecord, asFound, nearHashes, nearTexts, wholeSecond } from './given'
import { Fleet } from './processes/fleet'
import { Steps, recorded } from './recorder'
import { type Session, aNamespace, storeOf } from './session'
import type { Context, Created, RawHooks } from './types'
import { type Wire, openWire } from './wire'

/** How many times the deadline a call may take before its case fails, where it is about something else. */
const patience = 3
/** And one that takes as long as there is much to remove, with rests for others in between. */
const longPatience = 12
const longCalls: ReadonlySet<string> = new Set<keyof Store>([
  'purge',
  'revoke',
  'deleteClient',
  'deleteUser',
])
const deadlineMs = 5000

/** A grant that was issued, with what is beside it and must stay as it is. */
export interface IssuedGrant {
  grant: Grant
  /** Its first credential, as `find` gives it. */
  credential: Credential
  /** Fails unless everything beside it is still there. */
  unharmed: () => Promise<void>
}

/** What a case works with: the store, and ways to come by more of them. */
export class StoreTrial {
  /** The calls so far, for the report. */
  readonly steps = new Steps()
  /** The store: the first instance over the run's namespace. */
  readonly store: Store
  /** The same, as `create` gave it: what comes out is the store's own. */
  readonly bare: Store
  /** The raw hooks, which the case's `needs` promise. */
  readonly raw: Required<RawHooks>
  private readonly own: Created[] = []
  private readonly wires: Wire[] = []
  private readonly fleets: Fleet[] = []

  constructor(
    readonly session: Session,
    created: Created,
  ) {
    this.bare = storeOf(created)
    this.store = this.recorded(this.bare)
    this.raw = (session.settings.raw ?? {}) as Required<RawHooks>
  }

  /** What the raw hooks are asked about. */
  get context(): Context {
    return this.session.context()
  }

  /** Stores over the same data, each with its own connections; they stay open for other cases. */
  async instances(count: number): Promise<Store[]> {
    const numbers = Array.from({ length: count }, (_, n) => n)
    const created = await Promise.all(numbers.map((number) => this.session.instance(number)))
    return created.map((one) => this.recorded(storeOf(one)))
  }

  /** A store over the same data for this case alone. */
  another(instance: number): Promise<Store> {
    return this.open(this.session.context({ instance }))
  }

  /** A store of another namespace. */
  async elsewhere(): Promise<Store> {
    return (await this.apart()).store
  }

  /** A store of another namespace, with what the raw hooks must know to look there. */
  async apart(): Promise<{ store: Store; context: Context }> {
    const context = this.session.context({ namespace: aNamespace() })
    return { store: await this.open(context), context }
  }

  /** Stores over the same data, all through one proxy before the database. */
  async wired(count: number): Promise<{ wire: Wire; stores: Store[] }> {
    const wire = await openWire(this.session.url!)
    this.wires.push(wire)
    const { url, natMap } = wire
    const stores = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        this.open(this.session.context({ instance: 40 + n, url, natMap })),
      ),
    )
    await warm(stores)
    return { wire, stores }
  }

  /** Processes with a store of their own each; they stay for other cases, unless they are special. */
  async processes(count: number, environment?: NodeJS.ProcessEnv): Promise<Fleet> {
    if (!environment) return this.session.fleet(count)
    const fleet = await Fleet.start(
      count,
      this.session.settings.processes!,
      this.context,
      environment,
    )
    this.fleets.push(fleet)
    return fleet
  }

  /** The core's own engine over the store, or over the one given. */
  engine(options: EngineOptions = {}, store: Store = this.store): Engine {
    return new Engine(store, wholeSecond(this.session.settings.now()), options)
  }

  /**
   * Issues a grant with one credential, beside decoys: another grant of the same user and client,
   * of the same user at another client and the other way round, of a user and a client of almost
   * the same name, and credentials whose hashes differ in one digit.
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
    await Promise.all(decoys.map((one) => issues(store, one.grant, [one.credential])))
    await issues(store, grant, [credential])
    return {
      grant,
      credential: asFound(credential, grant),
      async unharmed() {
        for (const decoy of decoys) {
          await foundAs(store, decoy.credential, decoy.grant, 'What was issued beside it')
        }
      },
    }
  }

  /** Closes what the case alone has opened. */
  async end(): Promise<void> {
    // A proxy that still holds something back would keep a store from closing.
    for (const wire of this.wires) wire.restore()
    await Promise.allSettled(this.own.splice(0).map((created) => this.session.close(created)))
    await Promise.allSettled(this.wires.splice(0).map((wire) => wire.close()))
    await Promise.allSettled(this.fleets.splice(0).map((fleet) => fleet.end()))
  }

  private async open(context: Context): Promise<Store> {
    const created = await this.session.open(context)
    this.own.push(created)
    return this.recorded(storeOf(created))
  }

  recorded<T extends object>(store: T): T {
    const deadline = this.session.settings.deadline ?? deadlineMs
    return recorded(
      store,
      this.steps,
      (name) => deadline * (longCalls.has(name) ? longPatience : patience),
    )
  }
}

/** Has each store talk to its database, so that connections are made and statements are known. */
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

/** Fails unless the store finds the credential exactly as it was written. */
export async function foundAs(
  store: Store,
  credential: NewCredential,
  grant: Grant | Credential['grant'],
  what: string,
): Promise<void> {
  equal(await store.find(credential.hash), asFound(credential, grant), what)
}

/** Fails if the store finds the credential. */
export async function notFound(store: Store, hash: string, what: string): Promise<void> {
  equal(await store.find(hash), null, what)
}
