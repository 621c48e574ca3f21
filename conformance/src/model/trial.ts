import type { Model } from '@oauth2-kit/core'
import { Failure } from '../expect'
import { Steps, recorded } from '../recorder'
import type { Session } from '../session'
import type { Context, Fixtures, RawHooks } from '../types'
import { type Wire, openWire } from '../wire'
import { modelOf } from '../session'
import { Asked, type ModelFunction } from './ask'

const longestCallMs = 10_000

/** The model and the helpers that a case uses to check a model of the 2.4 line. */
export class ModelTrial {
  /** The calls that were made so far, for the report. */
  readonly steps = new Steps()
  readonly raw: Required<RawHooks>
  private readonly asked: Asked[] = []
  private readonly wires: Wire[] = []

  constructor(
    readonly session: Session,
    readonly model: Model,
    readonly fixtures: Fixtures,
  ) {
    this.raw = (session.settings.raw ?? {}) as Required<RawHooks>
  }

  get context(): Context {
    return this.session.context()
  }

  /** Calls a function of the model and resolves with its result, by callback or by promise. */
  ask(name: ModelFunction, ...args: unknown[]): Promise<unknown> {
    return this.askOf(this.model, name, args)
  }

  /** Calls a function of another model. */
  askOf(model: Model, name: ModelFunction, args: readonly unknown[]): Promise<unknown> {
    const milliseconds = this.session.settings.deadline ?? longestCallMs
    const asking = recorded(
      {
        [name]: (...given: unknown[]) => {
          const one = new Asked(model, name, given, milliseconds)
          this.asked.push(one)
          return one.answer
        },
      },
      this.steps,
      () => milliseconds + 1000,
    )
    return asking[name]!(...args)
  }

  /** Opens a model that reaches its database through a proxy. */
  async wired(): Promise<{ wire: Wire; model: Model }> {
    const wire = await openWire(this.session.url!)
    this.wires.push(wire)
    const { url, natMap } = wire
    const created = await this.session.open(this.session.context({ instance: 40, url, natMap }))
    return { wire, model: modelOf(created) }
  }

  /** Fails if a function has called its callback more than once. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5))
    const twice = this.asked.find(({ answers }) => answers > 1)
    if (twice) throw new Failure(`${twice.name}() called its callback ${twice.answers} times`)
  }

  async end(): Promise<void> {
    for (const wire of this.wires) wire.restore()
    await Promise.allSettled(this.wires.splice(0).map((wire) => wire.close()))
  }
}
