import { memoryStore } from '@oauth2-kit/memory'
import { aRecord, before, t0 } from '@oauth2-kit/testing'

describe('records', () => {
  it('addRecord() returns true for a new key, and false after that for any content', async () => {
    const store = memoryStore()
    const record = aRecord({ key: 'a', data: '{"text":"äöü ✓ 𝄞"}' })
    expect(await store.addRecord(record)).toBe(true)
    expect(await store.addRecord({ ...record, data: '{}' })).toBe(false)
    expect(await store.addRecord({ ...record, expiresAt: 1 })).toBe(false)
    expect(await store.getRecord('a')).toEqual(record)
    expect(await store.addRecord(aRecord({ key: 'A' }))).toBe(true)
  })

  it('addRecord() returns true for exactly one of 50 concurrent calls', async () => {
    const store = memoryStore()
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => store.addRecord(aRecord({ key: 'a' }))),
    )
    expect(outcomes.filter(Boolean)).toHaveLength(1)
  })

  it('takeRecord() returns the record to exactly one of 50 concurrent calls', async () => {
    const store = memoryStore()
    const record = aRecord()
    await store.addRecord(record)
    const taken = await Promise.all(Array.from({ length: 50 }, () => store.takeRecord(record.key)))
    expect(taken.filter((one) => one !== null)).toEqual([record])
    expect(await store.getRecord(record.key)).toBeNull()
    expect(await store.addRecord(record)).toBe(true)
  })

  it('are found by their exact keys only', async () => {
    const store = memoryStore()
    await store.addRecord(aRecord({ key: 'Key' }))
    for (const key of ['key', 'Key ', ' Key', 'Ke', '', '__proto__', 'toString']) {
      expect(await store.getRecord(key)).toBeNull()
      expect(await store.takeRecord(key)).toBeNull()
    }
    expect(await store.getRecord('Key')).not.toBeNull()
  })

  it('stay past their expiry until they are purged, and can then be added again', async () => {
    const store = memoryStore()
    const record = aRecord({ expiresAt: t0 })
    await store.addRecord(record)
    expect(await store.purge(before(t0), 9)).toEqual({ deleted: 0, more: false })
    expect(await store.addRecord(record)).toBe(false)
    expect(await store.purge(before(t0 + 1), 9)).toEqual({ deleted: 1, more: false })
    expect(await store.addRecord(record)).toBe(true)
  })

  it('cannot be changed from outside', async () => {
    const store = memoryStore()
    const record = aRecord()
    const kept = { ...record }
    await store.addRecord(record)
    record.data = 'another'
    Object.assign((await store.getRecord(record.key))!, { data: 'another' })
    expect(await store.getRecord(record.key)).toEqual(kept)
  })
})
