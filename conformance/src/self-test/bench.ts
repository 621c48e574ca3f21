import type { Store } from '@oauth2-kit/core'
import { clientConnection } from '../reference/client'
import { type Connection, Database, directConnection } from '../reference/connection'
import { type ModelContent, newModelContent, referenceModel, seedModel } from '../reference/model'
import { referenceRaw } from '../reference/raw'
import { serve } from '../reference/server'
import {
  memoryShelf,
  recordShelf,
  referencePromiseModel,
  seedPromiseModel,
} from '../reference/promise-model'
import { referenceStore } from '../reference/store'
import type { ConformanceOptions, Context, Created } from '../types'
import type { Base, Variant } from './mutant'
import { variants } from './variants'

/** The options of a run over a separate reference database. */
export interface Bench extends AsyncDisposable {
  options: ConformanceOptions
}

/**
 * Creates a database with stores, or a 2.4 model, of that variant. `execArgv` are the options of
 * Node for child processes, which need a loader if these sources are not compiled.
 */
export async function benchOf(variant: Variant, execArgv?: string[]): Promise<Bench> {
  if (variant.breaksModel) return modelBench(variant, newModelContent())
  if (variant.promiseModel && !variant.served) return promiseBench(variant)
  const database = new Database(variant.procedures)
  const served = variant.served ? await serve(database) : undefined
  const broken = new Set<number>()
  const options: ConformanceOptions = {
    name: variant.name,
    raw: { ...referenceRaw(database), alive: async ({ instance }) => !broken.has(instance) },
    create(context) {
      const created = createdOf(variant, connectionTo(database, context.url), context, database)
      if (!variant.closesBorrowed) return created
      const close = async () => void broken.add(context.instance)
      return { ...created, store: { ...created.store!, close } as Created['store'] & object }
    },
    ...(variant.promiseModel && {
      contract: 'promise',
      raw: { dump: referenceRaw(database).dump },
      seed: (data, { namespace }) =>
        seedPromiseModel(recordShelf(directConnection(database), namespace), data),
    }),
    // A store that is called directly is slow only if it hangs.
    ...(!served && { deadline: 1000, url: null }),
    ...(served && {
      // The URL carries the number of the variant into every process.
      url: `${served.url}/${variants.findIndex(({ name }) => name === variant.name)}`,
      processes: { module: require.resolve('./served-mutant'), ...(execArgv && { execArgv }) },
    }),
  }
  return { options, [Symbol.asyncDispose]: async () => served?.[Symbol.asyncDispose]() }
}

/** Creates a store, or a promise model, of that variant. */
export function createdOf(
  { breaks, native, whole, promiseModel }: Partial<Variant>,
  connection: Connection,
  { namespace, url }: Context,
  bench: object = connection,
): Created {
  if (promiseModel) {
    const shelf = recordShelf(connection, namespace)
    const base = { shelf, entries: new Map(), content: newModelContent() }
    const model = promiseModel({ ...base, model: referencePromiseModel(shelf) })
    return { model, close: () => connection.close() }
  }
  const store = referenceStore(connection, namespace, { cleanup: native ? 'native' : 'purge' })
  const base: Base = {
    store,
    run: (statement) => connection.run(namespace, statement) as never,
    bench,
    connect: () => clientConnection(url ?? ''),
    runIn: (other, statement) => connection.run(other, statement) as never,
  }
  const made = { ...store, ...breaks?.(base) }
  return { store: (whole?.(made) ?? made) as Store, close: () => connection.close() }
}

function modelBench(variant: Variant, content: ModelContent): Bench {
  const right = referenceModel(content)
  const dump = async () =>
    JSON.stringify(Object.values(content).map((table: Map<string, object>) => [...table]))
  const options: ConformanceOptions = {
    name: variant.name,
    raw: { dump },
    deadline: 200,
    create: () => ({
      model: { ...right, ...variant.breaksModel?.(right, content) },
    }),
    seed: (data) => seedModel(content, data),
  }
  return { options, async [Symbol.asyncDispose]() {} }
}

function promiseBench(variant: Variant): Bench {
  const [entries, content] = [new Map<string, string>(), newModelContent()]
  const shelf = memoryShelf(entries)
  const options: ConformanceOptions = {
    name: variant.name,
    contract: 'promise',
    raw: { dump: async () => JSON.stringify([entries, ...Object.values(content)].map(textOf)) },
    deadline: 200,
    create: () => ({
      model: variant.promiseModel!({
        model: referencePromiseModel(shelf),
        shelf,
        entries,
        content,
      }),
    }),
    async seed(data) {
      seedModel(content, data)
      await seedPromiseModel(shelf, data)
    },
  }
  return { options, async [Symbol.asyncDispose]() {} }
}

function textOf(table: Map<string, unknown>): [string, unknown][] {
  return [...table]
}

function connectionTo(database: Database, url: string | undefined): Connection {
  return url === undefined ? directConnection(database) : clientConnection(url)
}
