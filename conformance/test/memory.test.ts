import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type ConformanceOptions,
  type Context,
  describeConformance,
  runConformance,
} from '@oauth2-kit/conformance'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'

const folder = mkdtempSync(path.join(tmpdir(), 'conformance-memory-'))
const stores = new Map<string, MemoryStore>()

/** The one store of a namespace: what is in memory can't be reached by a second one. */
function storeOf({ namespace }: Context): MemoryStore {
  const store = stores.get(namespace) ?? memoryStore({ file: path.join(folder, namespace) })
  stores.set(namespace, store)
  return store
}

/** The snapshot: everything that the store keeps. */
async function snapshotOf(context: Context): Promise<string> {
  await storeOf(context).save()
  return readFileSync(path.join(folder, context.namespace), 'utf8')
}

const options: ConformanceOptions = {
  name: 'the memory store',
  // The one store of a namespace is open to the end: what a restart leaves, its own tests show.
  without: ['durable', 'database'],
  create: (context) => ({ store: storeOf(context) }),
  raw: {
    dump: snapshotOf,
    count: async (context) =>
      (await snapshotOf(context)).match(/"(hash|grant|record|client|user|deletedUser)":/g)
        ?.length ?? 0,
  },
}

afterAll(async () => {
  for (const store of stores.values()) await store.close()
  rmSync(folder, { recursive: true })
})

describeConformance(options)

describe('the report on the memory store', () => {
  it('has the level fast', async () => {
    const { reached, verdicts } = await runConformance(options)
    const open = verdicts.filter(({ status }) => status === 'failed' || status === 'unproved')
    expect(open.map((one) => [one.case.id, one.reason])).toEqual([])
    expect(reached).toBe('fast')
  }, 600_000)
})
