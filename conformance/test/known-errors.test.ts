import type { Store } from '@oauth2-kit/core'
import { runConformance } from '../src'
import { Database, directConnection } from '../src/reference/connection'
import { referenceStore } from '../src/reference/store'
import { causesOf } from '../src/reporters/causes'
import { adviceOn } from '../src/reporters/reporter'

/** Returns the causes of failures of the reference store, in which these methods reject. */
async function causesWith(errors: Partial<Record<keyof Store, string>>, only: string[]) {
  const database = new Database()
  const broken = Object.entries(errors).map(([name, message]) => [
    name,
    () => Promise.reject(new Error(message)),
  ])
  const { verdicts } = await runConformance({
    name: 'a store',
    only,
    create: ({ namespace }) => ({
      store: {
        ...referenceStore(directConnection(database), namespace),
        ...Object.fromEntries(broken),
      } as Store,
    }),
  })
  return causesOf(verdicts).map((cause) => ({ ...cause, ...adviceOn(cause.first) }))
}

describe('the advice on', () => {
  it('methods that are not implemented is to write them, one cause for each', async () => {
    const missing = ['getClient', 'addRecord'] as const
    const errors = Object.fromEntries(
      missing.map((name) => [name, `${name}() is not implemented yet`]),
    )
    const causes = await causesWith(errors, ['client', 'record', 'grant'])
    expect(causes.map(({ fix }) => fix).toSorted()).toEqual([
      'Write addRecord().',
      'Write getClient().',
    ])
    for (const { why, followers } of causes) {
      expect(why).toMatch(/^The contract needs/)
      expect(followers.length).toBeGreaterThan(0)
    }
  })

  it.each(['SQLITE_BUSY: database is locked', 'database is locked'])(
    '%j is a busy timeout',
    async (message) => {
      const causes = await causesWith({ redeem: message }, ['once'])
      expect(causes).toHaveLength(1)
      expect(causes[0]!.fix).toMatch(/PRAGMA busy_timeout/)
    },
  )
})

describe('check() with a finding', () => {
  it('is reported with its text', async () => {
    const database = new Database()
    const { verdicts } = await runConformance({
      name: 'a store',
      only: 'schema.check',
      create: ({ namespace }) => ({
        store: { ...referenceStore(directConnection(database), namespace), check: findsOne },
      }),
    })
    expect(verdicts[0]!.reason).toBe(
      'check() returned the finding "The table "tokens" has no index", expected none',
    )
  })
})

async function findsOne() {
  return [{ problem: 'The table "tokens" has no index', fix: 'Create it.' }]
}
