import type { Model } from '@oauth2-kit/core'
import { Failure, holds, show, within } from '../expect'
import { Strays } from '../guard/strays'
import { Steps, recorded } from '../recorder'
import { type Session, aNamespace, modelOf } from '../session'
import type { Context, Created, Fixtures, RawHooks } from '../types'
import { type Wire, openWire } from '../wire'
import { Asked, type ModelFunction } from './ask'

type Fn = (...args: unknown[]) => unknown

const longestCallMs = 10_000
/** The limit of opening and closing a proxy, in milliseconds. */
const longestWireMs = 60_000
/** How long a second answer may take to arrive. */
const settlingMs = 100

/** The model and the helpers that a case uses to check a model of the 2.4 line. */
export class ModelTrial {
  /** The calls that were made so far, for the report. */
  readonly steps = new Steps()
  readonly raw: Required<RawHooks>
  /** The codes that were found: a model may return a code only once. */
  readonly foundCodes = new Set<unknown>()
  /** Tokens that generateToken() must not issue again. */
  readonly forbidden = new Set<unknown>()
  private readonly asked: Asked[] = []
  private readonly wires: Wire[] = []
  private readonly own: Created[] = []
  /** Whether the case may stop the database: then its calls don't count as hung. */
  private readonly mayHang: boolean = false
  /** A signal, because other trials are derived from this one. */
  private readonly ending = new AbortController()

  constructor(
    readonly session: Session,
    readonly model: Model,
    readonly fixtures: Fixtures,
  ) {
    this.raw = session.raw as Required<RawHooks>
  }

  get context(): Context {
    return this.session.context()
  }

  /** What may explain that a client or user is missing. */
  get seedHint(): string {
    return this.session.settings.seed ? ': does seed() save it?' : ''
  }

  /** Returns whether the model has the function. */
  has(name: ModelFunction): boolean {
    return typeof this.model[name] === 'function'
  }

  /** Resolves with the id of the user. A number is as getUser() returns it, which may be a string. */
  async userId(): Promise<string | number> {
    const { id, username, password } = this.fixtures.user
    if (typeof id === 'string' || !this.has('getUser')) return id
    const found = await this.askLeniently('getUser', username, password)
    return (found as { id?: string | number } | null)?.id ?? id
  }

  /** Calls a function of the model and resolves with its result, by callback or by promise. */
  async ask(name: ModelFunction, ...args: unknown[]): Promise<unknown> {
    const { limits, settings } = this.session
    if (this.ending.signal.aborted) throw new Failure('The case has ended')
    const refusal = limits.refusal(name)
    if (refusal && !this.mayHang) throw refusal
    const usual = settings.deadline ?? longestCallMs
    const milliseconds = this.mayHang ? usual : limits.of(name, usual)
    let asked: Asked | undefined
    const asking = recorded(
      {
        [name]: (...given: unknown[]) => {
          asked = new Asked(this.model, name, given, milliseconds)
          this.asked.push(asked)
          return asked.answer
        },
      },
      this.steps,
    )
    try {
      await asking[name]!(...args)
      // The recorder resolves with the members of a store's result only.
      return await asked!.answer
    } catch (error) {
      // Everything else is an error of the model.
      const isLate = error instanceof Failure && !this.mayHang
      throw isLate ? limits.late(name, milliseconds) : error
    } finally {
      await limits.turn()
    }
  }

  /** Like `ask`, but resolves with null if the function reports an error. */
  async askLeniently(name: ModelFunction, ...args: unknown[]): Promise<unknown> {
    return this.ask(name, ...args).catch((error: unknown) => {
      if (error instanceof Failure) throw error
      return null
    })
  }

  /** Fails if the look-up finds something or reports an error. */
  async misses(name: ModelFunction, ...args: unknown[]): Promise<void> {
    assertMiss(name, args, await this.ask(name, ...args))
  }

  /** Fails if the look-up finds something. An error counts as finding nothing. */
  async findsNothing(name: ModelFunction, ...args: unknown[]): Promise<void> {
    assertMiss(name, args, await this.askLeniently(name, ...args))
  }

  /** Returns this trial with another model. */
  over(model: Model): ModelTrial {
    return Object.create(this, { model: { value: model } }) as ModelTrial
  }

  /**
   * Resolves with a second instance over the same data. Resolves with null if none can be created,
   * or if it does not find the clients.
   */
  async sibling(number = 1): Promise<ModelTrial | null> {
    const other = await this.session.instance(number).then(
      ({ model }) => model && this.over(model),
      () => undefined,
    )
    return other && (await other.knowsClient()) ? other : null
  }

  /**
   * Resolves with a model over another namespace. Resolves with null if none can be created, or if
   * it finds the clients, because then the model has no namespaces.
   */
  async stranger(): Promise<ModelTrial | null> {
    const other = await this.session.open(this.session.context({ namespace: aNamespace() })).then(
      ({ model }) => model && this.over(model),
      () => undefined,
    )
    return other && !(await other.knowsClient()) ? other : null
  }

  /** Opens a model that reaches its database through a proxy. */
  async wired(): Promise<{ wire: Wire; wired: ModelTrial }> {
    const wire = await within(longestWireMs, openWire(this.session.url!), 'Opening the proxy')
    this.wires.push(wire)
    const { url, natMap } = wire
    const created = await this.session.open(this.session.context({ instance: 40, url, natMap }))
    this.own.push(created)
    const wired = Object.create(this.over(modelOf(created)), { mayHang: { value: true } })
    return { wire, wired: wired as ModelTrial }
  }

  /**
   * Fails if a function calls back again after its callback has thrown, as it may where the server
   * runs the rest of the request in it.
   */
  async survivesThrowing(
    calls: readonly (readonly [ModelFunction, ...unknown[]])[],
  ): Promise<void> {
    if (!Strays.areOurs) return
    const counts = calls.map(() => 0)
    for (const [n, [name, ...args]] of calls.entries()) {
      const callback = () => {
        if (++counts[n]! === 1) throw new Failure('A callback of the suite threw')
      }
      try {
        const answer: unknown = (this.model[name] as Fn).call(this.model, ...args, callback)
        Promise.resolve(answer).catch(() => {})
      } catch {
        // What the callback has thrown may come back to the caller.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, settlingMs))
    for (const [n, [name]] of calls.entries())
      holds(counts[n]! < 2, `${name}() called its callback again after that had thrown an error`)
  }

  /** Fails if a function has settled more than once. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, settlingMs))
    for (const one of this.asked) {
      const complaint = one.complaint()
      if (complaint !== null) throw new Failure(complaint)
    }
  }

  /** Closes what was opened for this case alone, and refuses its further calls. */
  async end(): Promise<void> {
    this.ending.abort()
    for (const wire of this.wires) wire.restore()
    await Promise.all(this.own.splice(0).map((created) => this.session.closeAfterCase(created)))
    await Promise.allSettled(
      this.wires.splice(0).map((wire) => within(longestWireMs, wire.close(), 'Closing the proxy')),
    )
  }

  private async knowsClient(): Promise<boolean> {
    return Boolean(await this.ask('getClient', this.fixtures.client.id, null).catch(() => null))
  }
}

function assertMiss(name: ModelFunction, args: readonly unknown[], found: unknown): void {
  holds(!found, `${name}(${args.map(show).join(', ')}) returned ${show(found)}`)
}
