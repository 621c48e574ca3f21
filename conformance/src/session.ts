import { randomBytes, randomInt } from 'node:crypto'
import type { Store } from '@oauth2-kit/core'
import {
  type Rules,
  aBoolean,
  aFunction,
  anything,
  optionError,
  orNull,
  readOptions,
  text,
  timerMs,
} from '@oauth2-kit/core/store-kit'
import { Failure } from './expect'
import { type Outage, guarded } from './guard/guarded'
import { OutsideFailure, named } from './guard/outside'
import { aCredential, aGrant } from './given'
import { checkedHooks } from './hooks'
import { Limits } from './guard/limits'
import { type ModelContractName, contractOf, modelContracts } from './model/contracts'
import { aSeed } from './model/seed'
import { Fleet } from './processes/fleet'
import type { PromiseModel } from './model/contracts/promise-model'
import type { Call } from './processes/messages'
import {
  type ConformanceOptions,
  type Context,
  type Created,
  type Fixtures,
  type Level,
  type ModelOptions,
  type Processes,
  type RawHooks,
  levels,
} from './types'

/** The options with their defaults filled in. */
export interface Settings extends ConformanceOptions {
  level: Level
  only: readonly string[]
  randomSeed: number
  deadline: number | null
  now: () => number
}

/** The pattern that every case matches. */
export const everything = '*'

const rules: Rules<ConformanceOptions> = {
  name: text,
  create: [aFunction[0], 'must be a function that returns { store } or { model }'],
  url: [
    (value) => value === null || typeof value === 'function' || text[0](value),
    'must be the URL of the database, a function that returns it, or null if there is no connection',
  ],
  raw: anything,
  processes: anything,
  contract: [
    (value) => modelContracts.includes(value as ModelContractName),
    `must be '2.4' or 'promise'`,
  ],
  fixtures: anything,
  seed: aFunction,
  level: [(value) => levels.includes(value as Level), `must be ${levels.join(', ')}`],
  // selectCases() checks whether each entry is a group or the id of a case.
  only: [
    (value) => typeof value === 'string' || (Array.isArray(value) && value.length > 0),
    'must be a group or the id of a case, or a list of them, such as ["once.*", "record"]',
  ],
  except: [Array.isArray, 'must be a list of groups and ids of cases, such as ["growth"]'],
  shuffle: aBoolean,
  randomSeed: [Number.isSafeInteger, 'must be a whole number'],
  deadline: orNull(timerMs, "the core's storeTimeout"),
  without: [Array.isArray, 'must be a list, such as ["database"]'],
  now: aFunction,
}

const rawRules: Rules<RawHooks> = {
  dump: aFunction,
  count: aFunction,
  explain: aFunction,
  removedAt: aFunction,
  recordRemovedAt: aFunction,
  immortal: aFunction,
  ends: aFunction,
  alive: aFunction,
  damage: aFunction,
  older: aFunction,
}

const processesRules: Rules<Processes> = {
  module: text,
  export: text,
  execArgv: [Array.isArray, 'must be a list of Node options'],
}

/** Reads and copies the options. Throws an OptionError if one is wrong. */
export function settingsOf(given: ConformanceOptions | ModelOptions): Settings {
  const options = withCreate(given)
  const of = 'the conformance suite'
  const defaults = {
    level: 'fast',
    only: everything,
    randomSeed: randomInt(2 ** 31),
    deadline: 5000,
    now: () => Date.now(),
  } as const satisfies Partial<ConformanceOptions>
  const read = readOptions<ConformanceOptions, typeof defaults>(options, rules, { of, defaults })
  if (typeof read.create !== 'function') throw optionError('create', rules.create[1])
  const { raw, processes } = read
  if (raw) readOptions(raw, rawRules, { of, in: 'raw' })
  if (typeof processes === 'object') readOptions(processes, processesRules, { of, in: 'processes' })
  if (read.fixtures) checkFixtures(read.fixtures)
  if (read.fixtures && read.seed)
    throw optionError('fixtures', 'and "seed" are mutually exclusive: set only one of them')
  const { only } = read
  return { ...read, only: typeof only === 'string' ? [only] : only }
}

/** Returns the options with `create` for a model that exists already. */
function withCreate(options: ConformanceOptions | ModelOptions): ConformanceOptions {
  if (!isObject(options) || !('model' in options)) return options
  const { model, ...rest } = options
  if (!isObject(model)) throw optionError('model', 'must be a model, which is an object')
  if ('create' in rest)
    throw optionError('model', 'and "create" are mutually exclusive: set only one of them')
  const { contract = contractOf(model).name } = rest
  return { ...rest, contract, create: () => ({ model }) }
}

/** bcrypt ignores the bytes after these. */
const longestSecret = 72

/** Throws an OptionError if something is missing in the fixtures, or can't be tested. */
function checkFixtures({ client, otherClient, user, otherUser }: Fixtures): void {
  if (client?.id !== undefined && client.id === otherClient?.id)
    throw optionError('fixtures.otherClient', 'must be another client than "fixtures.client"')
  if (otherUser && otherUser.username === user?.username)
    throw optionError('fixtures.otherUser', 'must be another user than "fixtures.user"')
  const texts: Record<string, unknown> = {
    'client.id': client?.id,
    'client.secret': client?.secret,
    'otherClient.id': otherClient?.id,
    'otherClient.secret': otherClient?.secret,
    'user.username': user?.username,
    'user.password': user?.password,
    ...(otherUser && {
      'otherUser.username': otherUser.username,
      'otherUser.password': otherUser.password,
    }),
  }
  for (const [name, value] of Object.entries(texts)) {
    if (!text[0](value)) throw optionError(`fixtures.${name}`, text[1])
    if (/secret|password/.test(name) && Buffer.byteLength(String(value)) >= longestSecret)
      throw optionError(
        `fixtures.${name}`,
        `must be shorter than ${longestSecret} bytes: the suite tries longer ones, and bcrypt ignores the bytes after ${longestSecret}`,
      )
  }
}

/** The limit of the option `url`, which may start a database, in milliseconds. */
const longestUrlMs = 600_000
/** The limit of closing a store of a run that was interrupted, in milliseconds. */
const hurryMs = 1000

/** What a run has opened and closes at its end. */
export class Session {
  readonly namespace = aNamespace()
  /** How long calls may take, and what has hung so far. */
  readonly limits: Limits
  /** The raw hooks, with checks. */
  readonly raw: RawHooks
  /** What was opened, with what `create` returned. */
  private readonly opened = new Map<Created, Created>()
  /** The stores that `create` returned, each with the one that cases use. */
  private readonly guards = new WeakMap<Store, Store>()
  private readonly fleets = new Set<Fleet>()
  private seeded: Promise<Fixtures> | undefined
  private shared: Promise<Fleet> | undefined
  private readonly instances = new Map<number, Promise<Created>>()
  /** The check whether stores of one namespace share their data, which is made once. */
  private sharing: Promise<void> | undefined
  /** The same check for the stores of child processes. */
  private sharingWithProcesses: Promise<void> | undefined
  private hasOpened = false
  /** The first close that hung after a case, and whether a case has failed because of one. */
  private closing: Failure | undefined
  private isClosingReported = false

  constructor(
    readonly settings: Settings,
    /** The database's own URL. */
    readonly url: string | undefined,
    limits = new Limits(settings.deadline),
  ) {
    this.limits = limits
    this.raw = checkedHooks(settings.raw, {
      limits,
      apart: async () => {
        const context = this.context({ namespace: aNamespace() })
        return { store: storeOf(await this.open(context)), context }
      },
    })
  }

  /** Starts a session, and calls `url` if it is a function. */
  static async begin(settings: Settings): Promise<Session> {
    const { url } = settings
    const limits = new Limits(settings.deadline)
    const found =
      typeof url === 'function'
        ? await named('url()', 'url', () => limits.bound('url()', longestUrlMs, () => url()))
        : url
    return new Session(settings, found ?? undefined, limits)
  }

  /** Resolves with the numbered instance over the run's namespace, which is created once. */
  instance(number: number): Promise<Created> {
    let found = this.instances.get(number)
    if (!found) {
      found = this.open(this.context({ instance: number }))
      this.instances.set(number, found)
      // An instance that could not be opened is not kept, so that the next case tries again.
      found.catch(() => this.instances.delete(number))
    }
    return found
  }

  context(differences: Partial<Context> = {}): Context {
    const { namespace, url, settings } = this
    return { namespace, instance: 0, url, now: settings.now, ...differences }
  }

  /**
   * Creates a store or model, which closes with the session at the latest. `outage` says when the
   * suite has stopped its database.
   */
  async open(context: Context, outage?: Outage): Promise<Created> {
    if (context.instance > 0) await (this.sharing ??= this.checkSharing())
    return this.openAlone(context, outage)
  }

  private async openAlone(context: Context, outage?: Outage): Promise<Created> {
    const { limits, settings } = this
    const what = `create() ${this.whereOf(context)}`
    const create = () => limits.bound(what, limits.longMs, () => settings.create(context))
    // The first error of all keeps its stack: nothing can run.
    const made = await (this.hasOpened ? named(what, 'create', create) : create())
    const { store, model } = assertCreated(made)
    if (model) contractOf(model, settings.contract)
    else if (settings.contract)
      throw optionError('contract', 'is for models, but create() returned a store: remove it')
    this.hasOpened = true
    const created: Created = {
      ...(store && { store: this.guard(store, outage) }),
      ...(model && { model }),
      close: () => made.close?.(),
    }
    this.opened.set(created, made)
    return created
  }

  /** Rejects with a Failure if two stores of one namespace do not share their data. */
  private async checkSharing(): Promise<void> {
    const { store } = await this.instance(0)
    if (!store) return
    const other = await this.openAlone(this.context({ instance: 1 }))
    if (!(await isApart(store, storeOf(other)))) return
    throw new OutsideFailure(
      'create() made two stores of one namespace, and one does not find what the other has issued',
      'shared',
    )
  }

  /** Resolves with the data of a model. Rejects with a TypeError if no option provides it. */
  fixtures(): Promise<Fixtures> {
    this.seeded ??= this.seed()
    return this.seeded
  }

  private async seed(): Promise<Fixtures> {
    const { settings, limits } = this
    if (settings.fixtures) return settings.fixtures
    if (!settings.seed) {
      throw new TypeError(
        'A model has no way to make clients and users: set "fixtures" to existing ones, or "seed" to a function that saves the ones it receives',
      )
    }
    const data = aSeed()
    const stored: unknown = await named('seed()', 'seed', () =>
      limits.bound('seed()', limits.longMs, () => settings.seed?.(data, this.context())),
    )
    return withStored(data, stored)
  }

  /** Closes one store or model before the session ends. */
  async close(created: Created): Promise<void> {
    try {
      await this.closeOne(created)
    } catch (error) {
      this.isClosingReported = true
      throw error
    }
  }

  /** Does the same after a case. An error does not fail it; a close that hangs fails the run. */
  async closeAfterCase(created: Created): Promise<void> {
    await this.closeOne(created).catch((error: unknown) => {
      const hasHung = error instanceof OutsideFailure && error.origin === undefined
      if (hasHung) this.closing ??= error
    })
  }

  private async closeOne(created: Created): Promise<void> {
    const { limits } = this
    if (!this.opened.delete(created)) return
    await named('close()', 'close', () =>
      limits.bound('close()', limits.closeMs, async () => created.close?.()),
    )
  }

  /** Resolves with processes over the run's namespace, which are started once. */
  async fleet(count: number): Promise<Fleet> {
    const before = await this.shared?.catch(() => undefined)
    if (!before || before.isBroken) {
      if (before) await this.endFleet(before)
      this.shared = this.startFleet(count)
    }
    return this.shared!
  }

  /** Starts processes over the run's namespace, which end with the session at the latest. */
  async startFleet(count: number, environment?: NodeJS.ProcessEnv): Promise<Fleet> {
    // What the first check has found holds for all later processes.
    await this.sharingWithProcesses
    const fleet = Fleet.start(count, this.settings.processes!, this.limits, environment)
    this.fleets.add(fleet)
    await fleet.open(this.context())
    await (this.sharingWithProcesses ??= this.checkSharingWith(fleet))
    return fleet
  }

  /** Rejects with a Failure if the stores of the processes do not share the data of this one. */
  private async checkSharingWith(fleet: Fleet): Promise<void> {
    const created = await this.instance(0)
    const call = created.store
      ? await this.findsIssued(created.store)
      : await this.findsClient(created.model as PromiseModel)
    if (!call) return
    const outcomes = await fleet.call(Array.from({ length: fleet.size }, () => [call]))
    if (!outcomes.some((one) => 'value' in one && (one.value ?? null) === null)) return
    throw new OutsideFailure(
      created.store
        ? 'create() in a child process made a store that does not find what the store of this process has issued'
        : "create() in a child process made a model that does not find the clients: if it keeps them in memory, set without: ['database']",
      'sharedWithProcesses',
    )
  }

  /** Resolves with a look-up of what the store has issued, or with null if it has not. */
  private async findsIssued(store: Store): Promise<Call | null> {
    const hash = await issuedBy(store)
    return hash === null ? null : { method: 'find', args: [hash] }
  }

  /** Resolves with a look-up of a client that the model finds, or with null if it finds none. */
  private async findsClient(model: PromiseModel): Promise<Call | null> {
    const { client } = await this.fixtures()
    // With the secret first: a model may be wrong only where there is none.
    for (const secret of [client.secret, null]) {
      const args = [client.id, secret]
      const look = async () => model.getClient?.(...args)
      const found = await this.limits.bound('getClient', this.limits.longMs, look).catch(() => null)
      if (found) return { method: 'getClient', args }
    }
    return null
  }

  async endFleet(fleet: Fleet): Promise<void> {
    this.fleets.delete(fleet)
    await fleet.end()
  }

  /**
   * Closes everything. Rejects with the first error after everything was closed. `hurry` does not
   * wait for what takes long.
   */
  async end({ hurry = false } = {}): Promise<void> {
    const { limits } = this
    const fleets = [...this.fleets]
    if (hurry) for (const fleet of fleets) fleet.kill()
    await Promise.all(fleets.map((fleet) => this.endFleet(fleet)))
    const open = [...this.opened.keys()]
    this.opened.clear()
    this.instances.clear()
    const usual = hurry ? hurryMs : limits.of('close()', limits.closeMs)
    const ended = await Promise.allSettled(
      open.map((created) =>
        named('close()', 'close', () =>
          limits.within('close()', usual, (async () => created.close?.())()),
        ),
      ),
    )
    limits.end()
    if (this.isClosingReported || hurry) return
    if (this.closing) throw this.closing
    const failed = ended.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Returns which stores hang together: those of one kind may hang while others work. */
  private whereOf({ namespace, instance, url }: Context): string {
    if (url !== this.url) return 'of an instance behind the proxy'
    if (namespace !== this.namespace) return 'of another namespace'
    return instance === 0 ? 'of the first instance' : 'of another instance'
  }

  private guard(store: Store, outage: Outage | undefined): Store {
    const found = outage ? undefined : this.guards.get(store)
    if (found) return found
    const made = guarded(store, this.limits, outage ?? { isOn: false })
    if (!outage) this.guards.set(store, made)
    return made
  }
}

/** Returns a new unique namespace. */
export function aNamespace(): string {
  return `oc${randomBytes(6).toString('hex')}`
}

/** Returns the created store. Throws a TypeError if `create` returned none. */
export function storeOf({ store }: Created): Store {
  if (!store) throw new TypeError('create() returned no "store"')
  return store
}

/** Returns the created model. Throws a TypeError if `create` returned none. */
export function modelOf({ model }: Created): NonNullable<Created['model']> {
  if (!model) throw new TypeError('create() returned no "model"')
  return model
}

/** Returns the fixtures with what the model stored differently, such as a generated id. */
function withStored(data: Fixtures, stored: unknown): Fixtures {
  const changes: Partial<Record<keyof Fixtures, object>> = isObject(stored) ? stored : {}
  const { client, otherClient, user, otherUser } = data
  return {
    client: { ...client, ...changes.client },
    otherClient: { ...otherClient, ...changes.otherClient },
    user: { ...user, ...changes.user },
    ...(otherUser && { otherUser: { ...otherUser, ...changes.otherUser } }),
  }
}

/** Resolves with whether the other store does not find what the first one issues and finds. */
async function isApart(store: Store, other: Store): Promise<boolean> {
  const hash = await issuedBy(store)
  return hash !== null && (await unlessBroken(async () => !(await other.find(hash)))) === true
}

/** Resolves with the hash of a new credential, or with null if the store does not find it either. */
async function issuedBy(store: Store): Promise<string | null> {
  const credential = aCredential()
  return unlessBroken(async () => {
    if ((await store.issue(aGrant(), [credential], {})) !== 'issued') return null
    return (await store.find(credential.hash)) && credential.hash
  })
}

/** Resolves with null if the store rejects: the cases about its methods report the error. */
async function unlessBroken<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    // It has hung, which no later call shows with its whole limit.
    if (error instanceof Failure) throw error
    return null
  }
}

function assertCreated(created: Created): Created {
  if (isObject(created) && (isObject(created.store) || isObject(created.model))) return created
  throw new TypeError(
    'create() must return { store }, with its methods and "supports", or { model }, a model of oauth2-server 2.4 or of its versions 3 to 5',
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
