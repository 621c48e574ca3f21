import { randomBytes, randomInt } from 'node:crypto'
import type { Model, Store } from '@oauth2-kit/core'
import { aSeed } from './model/trial'
import { Fleet } from './processes/fleet'
import type {
  ConformanceOptions,
  Context,
  Created,
  Fixtures,
  Level,
  Processes,
  RawHooks,
} from './types'

/** The options with their defaults. */
export interface Settings extends ConformanceOptions {
  level: Level
  only: string
  randomSeed: number
  deadline: number | null
  now: () => number
}

/** The name of every option, hook and member: the compiler keeps the lists complete. */
const names = {
  options: namesOf<ConformanceOptions>({
    name: true,
    create: true,
    url: true,
    raw: true,
    processes: true,
    fixtures: true,
    seed: true,
    level: true,
    only: true,
    except: true,
    shuffle: true,
    randomSeed: true,
    deadline: true,
    without: true,
    now: true,
  }),
  raw: namesOf<RawHooks>({
    dump: true,
    count: true,
    explain: true,
    removedAt: true,
    recordRemovedAt: true,
    immortal: true,
    alive: true,
    damage: true,
    older: true,
  }),
  processes: namesOf<Processes>({ module: true, export: true, execArgv: true }),
}

/** The options, checked once. Throws a TypeError that names the option and the fix. */
export function settingsOf(options: ConformanceOptions): Settings {
  if (typeof options.create !== 'function')
    throw new TypeError('"create" must be a function that gives { store } or { model }')
  const { raw, processes } = options
  assertKnown(options, names.options, 'option')
  if (raw) assertKnown(raw, names.raw, 'hook of "raw"')
  if (typeof processes === 'object')
    assertKnown(processes, names.processes, 'member of "processes"')
  if (options.except !== undefined && !Array.isArray(options.except))
    throw new TypeError('"except" must be a list of groups and ids of cases, such as ["growth"]')
  if (options.fixtures && options.seed)
    throw new TypeError('"fixtures" and "seed" exclude each other: give one of them')
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  )
  return {
    level: 'fast',
    only: '*',
    randomSeed: randomInt(2 ** 31),
    deadline: 5000,
    now: () => Date.now(),
    ...(given as unknown as ConformanceOptions),
  }
}

function namesOf<T>(members: Record<keyof T & string, true>): readonly string[] {
  return Object.keys(members)
}

function assertKnown(given: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`Unknown ${what} "${unknown}": use ${known.join(', ')}`)
}

/** What was opened for a run, and is closed at its end. */
export class Session {
  readonly namespace = aNamespace()
  private readonly opened: Created[] = []
  private seeded: Promise<Fixtures> | undefined
  private processes: Promise<Fleet> | undefined
  private readonly instances = new Map<number, Promise<Created>>()

  constructor(
    readonly settings: Settings,
    /** The database's own URL. */
    readonly url: string | undefined,
  ) {}

  /** A session of a run that begins now: the URL is asked for. */
  static async begin(settings: Settings): Promise<Session> {
    const { url } = settings
    return new Session(settings, typeof url === 'function' ? await url() : url)
  }

  /** An instance over the run's namespace, made once. */
  instance(number: number): Promise<Created> {
    let found = this.instances.get(number)
    if (!found) {
      found = this.open(this.context({ instance: number }))
      this.instances.set(number, found)
    }
    return found
  }

  context(differences: Partial<Context> = {}): Context {
    const { namespace, url, settings } = this
    return { namespace, instance: 0, url, now: settings.now, ...differences }
  }

  /** Makes a store or model, which is closed with the session at the latest. */
  async open(context: Context): Promise<Created> {
    const created = await this.settings.create(context)
    this.opened.push(assertCreated(created))
    return created
  }

  /** What exists where a 2.4 model works. Throws a TypeError if nobody has said so. */
  fixtures(): Promise<Fixtures> {
    this.seeded ??= this.seed()
    return this.seeded
  }

  private async seed(): Promise<Fixtures> {
    const { settings } = this
    if (settings.fixtures) return settings.fixtures
    if (!settings.seed) {
      throw new TypeError(
        'A 2.4 model has no way to make clients and users: give "fixtures", what exists, or "seed", a function that makes what it is given',
      )
    }
    const data = aSeed()
    await settings.seed(data, this.context())
    return data
  }

  /** Closes one before the session ends. */
  async close(created: Created): Promise<void> {
    const at = this.opened.indexOf(created)
    if (at === -1) return
    this.opened.splice(at, 1)
    await created.close?.()
  }

  /** Processes over the run's namespace, started once. */
  fleet(count: number): Promise<Fleet> {
    this.processes ??= Fleet.start(count, this.settings.processes!, this.context())
    return this.processes
  }

  async end(): Promise<void> {
    const open = this.opened.splice(0)
    this.instances.clear()
    await this.processes?.then(
      (fleet) => fleet.end(),
      () => {},
    )
    const ended = await Promise.allSettled(open.map(async (created) => created.close?.()))
    const failed = ended.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }
}

/** A namespace that nobody else has. */
export function aNamespace(): string {
  return `oc${randomBytes(6).toString('hex')}`
}

/** The store that was created. */
export function storeOf({ store }: Created): Store {
  if (!store) throw new TypeError('create() gave no "store"')
  return store
}

/** The model that was created. */
export function modelOf({ model }: Created): Model {
  if (!model) throw new TypeError('create() gave no "model"')
  return model
}

function assertCreated(created: Created): Created {
  if (typeof created !== 'object' || created === null || (!created.store && !created.model)) {
    throw new TypeError(
      'create() must give { store }, with its methods and "supports", or { model }, a model of the 2.4 line',
    )
  }
  return created
}
