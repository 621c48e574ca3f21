import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ConformanceOptions, type Context, runConformance } from '@oauth2-kit/conformance'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import { describeStore } from '../../../test/support/conformance'
import { allRun } from '../../../test/support/growth'

const folder = mkdtempSync(path.join(tmpdir(), 'conformance-memory-'))
const stores = new Map<string, MemoryStore>()

/** Returns the only store of a namespace: a second one could not open its file. */
function storeOf({ namespace }: Context): MemoryStore {
  const store = stores.get(namespace) ?? memoryStore({ file: path.join(folder, namespace) })
  stores.set(namespace, store)
  return store
}

/** Returns the snapshot, which has everything that the store keeps. */
async function snapshotOf(context: Context): Promise<string> {
  await storeOf(context).save()
  return readFileSync(path.join(folder, context.namespace), 'utf8')
}

const options: ConformanceOptions = {
  name: 'the memory store',
  except: allRun ? [] : ['growth.tokens', 'fuzz.text', 'budget.growth', 'revoke.many'],
  // The store of a namespace stays open to the end, because all instances are one; restart.test.ts
  // and lock.test.ts cover what close() does.
  without: ['durable', 'database'],
  create(context) {
    const store = storeOf(context)
    return { store: { ...store, close: () => store.save() } }
  },
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

describeStore(options)

// The same cases as above, in one run.
const describeIfAll = allRun ? describe : describe.skip
describeIfAll('the report on the memory store', () => {
  it('reaches the level fast', async () => {
    const { reached, verdicts } = await runConformance(options)
    const open = verdicts.filter(({ status }) => status === 'failed' || status === 'unproved')
    expect(open.map((one) => [one.case.id, one.reason])).toEqual([])
    expect(reached).toBe('fast')
  }, 600_000)
})
