import type { Provider } from './database'

// What a generated client exposes of its schema. Prisma does not guarantee any of it, so each part
// may be missing.

interface Internals {
  _activeProvider?: unknown
  _engineConfig?: { inlineSchema?: unknown }
  _runtimeDataModel?: { models?: Record<string, { fields: Field[] } | undefined> }
}

/** A field of a model. */
export interface Field {
  name: string
  type: string
}

const providers: readonly string[] = ['postgresql', 'mysql', 'sqlite'] satisfies Provider[]

/** Returns whether the store supports this provider. */
export function isProvider(value: unknown): value is Provider {
  return typeof value === 'string' && providers.includes(value)
}

/** Returns the provider that the client was generated for, if the client exposes it. */
export function providerOf(client: object): unknown {
  return (client as Internals)._activeProvider
}

/** Returns whether the client's schema emulates relations, and so has no foreign keys. */
export function emulatesRelations(client: object): boolean {
  const schema = (client as Internals)._engineConfig?.inlineSchema
  return typeof schema === 'string' && /^\s*relationMode\s*=\s*"prisma"/m.test(schema)
}

/** Returns the fields of the model with this name on the client, if the client exposes them. */
export function fieldsOf(client: object, name: string): Field[] | undefined {
  const models = (client as Internals)._runtimeDataModel?.models ?? {}
  const found = Object.entries(models).find(
    ([model]) => model.charAt(0).toLowerCase() + model.slice(1) === name,
  )
  return found?.[1]?.fields
}
