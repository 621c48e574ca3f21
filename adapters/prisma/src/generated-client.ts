import type { Provider } from './database'

// What a generated client knows of its schema. Prisma promises none of it, so whatever is not there is
// not used.

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

/** Whether the store was proved on that provider. */
export function isProvider(value: unknown): value is Provider {
  return typeof value === 'string' && providers.includes(value)
}

/** The provider that the client was generated for, if it says so. */
export function providerOf(client: object): unknown {
  return (client as Internals)._activeProvider
}

/** Whether the client was generated without foreign keys in mind. */
export function emulatesRelations(client: object): boolean {
  const schema = (client as Internals)._engineConfig?.inlineSchema
  return typeof schema === 'string' && /^\s*relationMode\s*=\s*"prisma"/m.test(schema)
}

/** The fields of the model that the client has under that name, if it tells them. */
export function fieldsOf(client: object, name: string): Field[] | undefined {
  const models = (client as Internals)._runtimeDataModel?.models ?? {}
  const found = Object.entries(models).find(
    ([model]) => model.charAt(0).toLowerCase() + model.slice(1) === name,
  )
  return found?.[1]?.fields
}
