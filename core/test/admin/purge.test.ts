import { type PurgeBefore, type PurgeOptions, purge } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { purgeDefaults } from '../../src/admin/purge-options'
import { issueGrant } from './issue-grant'

const at = 1_800_000_000_000
const now = () => at

describe('purge()', () => {
  it('removes tokens that expired before the retention period, and returns how many', async () => {
    const store = memoryStore({ now })
    const [gone, kept] = await Promise.all([
      issueGrant(store, { expiresAt: at - 60_001 }),
      issueGrant(store, { expiresAt: at - 60_000 }),
    ])
    expect(await purge(store, { now, retentionSeconds: 60 })).toBe(1)
    expect(await store.find(gone.hash)).toBeNull()
    expect(await store.find(kept.hash)).not.toBeNull()
  })

  it('keeps expired tokens for an hour by default', async () => {
    const storePurge = jest.fn(async () => ({ deleted: 0, more: false }))
    await purge({ purge: storePurge }, { now })
    expect(storePurge).toHaveBeenCalledWith({ credentials: at - 3_600_000, shortLived: at }, 1000)
    expect(purgeDefaults).toMatchObject({ retentionSeconds: 3600, batch: 1000 })
  })

  it('purges in batches until nothing is left, one call at a time', async () => {
    const store = memoryStore({ now })
    await Promise.all(Array.from({ length: 7 }, () => issueGrant(store, { expiresAt: 1 })))
    let underWay = 0
    const deleted: number[] = []
    const watched = {
      async purge(before: PurgeBefore, limit: number) {
        expect(underWay++).toBe(0)
        const purged = await store.purge(before, limit)
        await new Promise(setImmediate)
        underWay--
        deleted.push(purged.deleted)
        return purged
      },
    }
    expect(await purge(watched, { now, batch: 3 })).toBe(7)
    expect(deleted).toEqual([3, 3, 1])
  })

  it('stops if the store reports more but removes nothing', async () => {
    expect(await purge({ purge: async () => ({ deleted: 0, more: true }) })).toBe(0)
  })

  it("rejects with the store's error", async () => {
    const store = { purge: () => Promise.reject(new Error('away')) }
    await expect(purge(store)).rejects.toThrow('away')
  })

  it.each<[PurgeOptions | null, RegExp]>([
    [null, /purge\(\) takes an object with options/],
    [{ batch: 0 }, /"batch" must be a whole number, 1 or more/],
    [{ batch: 1.5 }, /"batch" must be a whole number/],
    [{ retentionSeconds: -1 }, /"retentionSeconds" must be a number of seconds, 0 or more/],
    [{ retentionSeconds: Number.NaN }, /"retentionSeconds" must be a number of seconds/],
    [{ now: 7 as never }, /"now" must be a function/],
    [{ everySeconds: 60 } as never, /Unknown option "everySeconds" of purge\(\)\. The/],
  ])('rejects %p with a TypeError that names the fix', async (options, message) => {
    const purging = purge(memoryStore(), options as PurgeOptions)
    await expect(purging).rejects.toThrow(TypeError)
    await expect(purging).rejects.toThrow(message)
  })
})
