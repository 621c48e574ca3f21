import { Failure, holds, show, within } from '../expect'
import { Strays } from '../guard/strays'
import type { Fleet } from '../processes/fleet'
import { Steps, recorded } from '../recorder'
import { type Session, aNamespace, modelOf } from '../session'
import type { Context, Created, Fixtures, RawHooks } from '../types'
import { type Wire, openWire } from '../wire'
import { Asked } from './ask'
import {
  type AnyModel,
  type Calls,
  type Member,
  type ModelContract,
  type Operation,
  contractOf,
} from './contracts'
import { originalOf } from './contracts/view'

type Fn = (...args: unknown[]) => unknown

const longestCallMs = 10_000
/** The limit of opening and closing a proxy, in milliseconds. */
const longestWireMs = 60_000
/** How long a second answer may take to arrive. */
const settlingMs = 100

/** The model and the helpers that a case uses to check it. */
export class ModelTrial implements Calls {
  /** The calls that were made so far, for the report. */
  readonly steps = new Steps()
  readonly raw: Required<RawHooks>
  /** The codes that were found: a model may return a code only once. */
  readonly foundCodes = new Set<unknown>()
  /** Tokens that generateToken() must not issue again. */
  readonly forbidden = new Set<unknown>()
  /** How the model is asked. */
  readonly contract: ModelContract
  readonly known = new Map<string, Promise<unknown>>()
  private saves = 0
  private readonly asked: Asked[] = []
  private readonly wires: Wire[] = []
  private readonly own: Created[] = []
  /** Whether the case may stop the database: then its calls don't count as hung. */
  private readonly mayHang: boolean = false
  /** A signal, because other trials are derived from this one. */
  private readonly ending = new AbortController()

  constructor(
    readonly session: Session,
    readonly model: AnyModel,
    readonly fixtures: Fixtures,
  ) {
    this.contract = contractOf(model, session.settings.contract)
    this.raw = session.raw as Required<RawHooks>
  }

  get context(): Context {
    return this.session.context()
  }

  /** What may explain that a client or user is missing. */
  get seedHint(): string {
    return this.session.settings.seed ? ': does seed() save it?' : ''
  }

  /** Returns whether the model has the function that does this. */
  has(name: Operation): boolean {
    return this.contract.has(this.model, name)
  }

  /** Returns the function that does this, for a message. */
  titleOf(name: Operation, tokenType?: string): string {
    return this.contract.titleOf(name, tokenType)
  }

  /** Returns the member of what an operation finds, for a message. */
  memberOf(name: Operation, member: Member): string {
    return this.contract.memberOf(name, member)
  }

  /** Resolves with the id of the user. A number is as getUser() returns it, which may be a string. */
  async userId(): Promise<string | number> {
    const { id, username, password } = this.fixtures.user
    if (typeof id === 'string' || !this.has('getUser')) return id
    const found = await this.askLeniently('getUser', username, password)
    return (found as { id?: string | number } | null)?.id ?? id
  }

  /** Asks the model, and resolves with its result as 2.4 names its members. */
  async ask(name: Operation, ...args: unknown[]): Promise<unknown> {
    return this.contract.ask(this, name, args)
  }

  nextSave(): number {
    return this.saves++
  }

  /** Calls a function of the model and resolves with its result, by callback or by promise. */
  async call(name: string, ...args: unknown[]): Promise<unknown> {
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
          const { callbacks } = this.contract
          asked = new Asked(this.model, name, { args: given, milliseconds, callbacks })
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
  async askLeniently(name: Operation, ...args: unknown[]): Promise<unknown> {
    return this.ask(name, ...args).catch((error: unknown) => {
      if (error instanceof Failure) throw error
      return null
    })
  }

  /** Fails if the look-up finds something or reports an error. */
  async misses(name: Operation, ...args: unknown[]): Promise<void> {
    this.assertMiss(name, args, await this.ask(name, ...args))
  }

  /** Fails if the look-up finds something. An error counts as finding nothing. */
  async findsNothing(name: Operation, ...args: unknown[]): Promise<void> {
    this.assertMiss(name, args, await this.askLeniently(name, ...args))
  }

  /** Returns this trial with another model. */
  over(model: AnyModel): ModelTrial {
    return Object.create(this, {
      model: { value: model },
      known: { value: new Map() },
    }) as ModelTrial
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

  /** Resolves with that many instances over the same data, or with this one if it has no others. */
  async instances(count: number): Promise<ModelTrial[]> {
    const others = await Promise.all(
      Array.from({ length: count - 1 }, (_, n) => this.sibling(n + 1)),
    )
    return [this, ...others.filter((one) => one !== null)]
  }

  /** Resolves with processes that have a model over the same data each. */
  processes(count: number): Promise<Fleet> {
    return this.session.fleet(count)
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

  /** Opens models that reach their database through one proxy. */
  async wired(count: number): Promise<{ wire: Wire; wired: ModelTrial[] }> {
    const wire = await within(longestWireMs, openWire(this.session.url!), 'Opening the proxy')
    this.wires.push(wire)
    const { url, natMap } = wire
    const open = async (n: number) => {
      const context = this.session.context({ instance: 40 + n, url, natMap })
      const created = await this.session.open(context)
      this.own.push(created)
      const over = this.over(modelOf(created))
      return Object.create(over, { mayHang: { value: true } }) as ModelTrial
    }
    return { wire, wired: await Promise.all(Array.from({ length: count }, (_, n) => open(n))) }
  }

  /**
   * Fails if a function calls back again after its callback has thrown, as it may where the server
   * runs the rest of the request in it.
   */
  async survivesThrowing(calls: readonly (readonly [Operation, ...unknown[]])[]): Promise<void> {
    if (!Strays.areOurs) return
    const counts = calls.map(() => 0)
    for (const [n, [name, ...args]] of calls.entries()) {
      const callback = () => {
        if (++counts[n]! === 1) throw new Failure('A callback of the suite threw')
      }
      try {
        const fn = (this.model as Record<string, Fn>)[name]!
        const answer: unknown = fn.call(this.model, ...args, callback)
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

  /** Fails if a look-up with these arguments has found something. */
  assertMiss(name: Operation, args: readonly unknown[], found: unknown): void {
    const title = this.titleOf(name).replace('()', `(${args.map(show).join(', ')})`)
    holds(!found, `${title} returned ${show(originalOf(found))}`)
  }

  private async knowsClient(): Promise<boolean> {
    const { id, secret } = this.fixtures.client
    // With the secret first: a model may be wrong only where there is none.
    const find = async (given: string | null) => this.ask('getClient', id, given).catch(() => null)
    return Boolean((await find(secret)) || (await find(null)))
  }
}
