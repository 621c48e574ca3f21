import { randomBytes, randomInt } from 'node:crypto'
import type { Model, Store } from '@oauth2-kit/core'
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
import { aSeed } from './model/seed'
import { Fleet } from './processes/fleet'
import {
  type ConformanceOptions,
  type Context,
  type Created,
  type Fixtures,
  type Level,
  type Processes,
  type RawHooks,
  levels,
} from './types'

/** The options with their defaults filled in. */
export interface Settings extends ConformanceOptions {
  level: Level
  only: string
  randomSeed: number
  deadline: number | null
  now: () => number
}

const rules: Rules<ConformanceOptions> = {
  name: text,
  create: [aFunction[0], 'must be a function that returns { store } or { model }'],
  url: anything,
  raw: anything,
  processes: anything,
  fixtures: anything,
  seed: aFunction,
  level: [(value) => levels.includes(value as Level), `must be ${levels.join(', ')}`],
  only: text,
  // selectCases() checks whether each entry is a group or the id of a case.
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
export function settingsOf(options: ConformanceOptions): Settings {
  const of = 'the conformance suite'
  const defaults = {
    level: 'fast',
    only: '*',
    randomSeed: randomInt(2 ** 31),
    deadline: 5000,
    now: () => Date.now(),
  } as const satisfies Partial<ConformanceOptions>
  const given = readOptions<ConformanceOptions, typeof defaults>(options, rules, { of, defaults })
  if (typeof given.create !== 'function') throw optionError('create', rules.create[1])
  const { raw, processes } = given
  if (raw) readOptions(raw, rawRules, { of, in: 'raw' })
  if (typeof processes === 'object') readOptions(processes, processesRules, { of, in: 'processes' })
  if (given.fixtures && given.seed)
    throw optionError('fixtures', 'and "seed" are mutually exclusive: set only one of them')
  return given
}

/** What a run has opened and closes at its end. */
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

  /** Starts a session, and calls `url` if it is a function. */
  static async begin(settings: Settings): Promise<Session> {
    const { url } = settings
    return new Session(settings, typeof url === 'function' ? await url() : url)
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

  /** Creates a store or model, which closes with the session at the latest. */
  async open(context: Context): Promise<Created> {
    const created = await this.settings.create(context)
    this.opened.push(assertCreated(created))
    return created
  }

  /** Resolves with the data of a 2.4 model. Rejects with a TypeError if no option provides it. */
  fixtures(): Promise<Fixtures> {
    this.seeded ??= this.seed()
    return this.seeded
  }

  private async seed(): Promise<Fixtures> {
    const { settings } = this
    if (settings.fixtures) return settings.fixtures
    if (!settings.seed) {
      throw new TypeError(
        'A 2.4 model has no way to make clients and users: set "fixtures" to existing ones, or "seed" to a function that stores the ones it receives',
      )
    }
    const data = aSeed()
    await settings.seed(data, this.context())
    return data
  }

  /** Closes one store or model before the session ends. */
  async close(created: Created): Promise<void> {
    const at = this.opened.indexOf(created)
    if (at === -1) return
    this.opened.splice(at, 1)
    await created.close?.()
  }

  /** Resolves with processes over the run's namespace, which are started once. */
  fleet(count: number): Promise<Fleet> {
    if (!this.processes) {
      this.processes = Fleet.start(count, this.settings.processes!, this.context())
      this.processes.catch(() => (this.processes = undefined))
    }
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
export function modelOf({ model }: Created): Model {
  if (!model) throw new TypeError('create() returned no "model"')
  return model
}

function assertCreated(created: Created): Created {
  if (typeof created !== 'object' || created === null || (!created.store && !created.model)) {
    throw new TypeError(
      'create() must return { store }, with its methods and "supports", or { model }, a model of the 2.4 line',
    )
  }
  return created
}
