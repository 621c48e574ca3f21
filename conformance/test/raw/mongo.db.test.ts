import type { Context } from '@oauth2-kit/conformance'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { mongoRaw } from '@oauth2-kit/conformance/raw/mongo'
import { Binary, type Collection, type Db, MongoClient } from 'mongodb'

interface Thing {
  _id: string
  name?: string
  expiresAt?: Date
  removeAt?: Date
  parts?: string[]
  content?: Binary
}

const context = { namespace: 'things', instance: 0 } as Context
const at = Date.now() + 3_600_000

describeDatabase('mongodb', (database) => {
  let mine: Isolated
  let client: MongoClient
  let db: Db
  let things: Collection<Thing>
  beforeAll(async () => {
    mine = await database.isolated()
    client = new MongoClient(mine.url)
    db = client.db()
    things = db.collection('things')
    await things.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 60 })
    await things.createIndex({ removeAt: 1 }, { expireAfterSeconds: 0 })
  })
  beforeEach(() => things.deleteMany())
  afterAll(async () => {
    await client?.close()
    await mine?.drop()
  })

  const hooks = mongoRaw({
    db: () => db,
    collections: () => ['things', 'not created yet'],
    entries: ({ parts }) => 1 + ((parts as string[] | undefined)?.length ?? 0),
    mostExamined: 20,
    credential: (_context, hash) => ({ collection: 'things', filter: { parts: hash } }),
    record: (_context, key) => ({ collection: 'things', filter: { _id: key } }),
    expiring: () => ['things'],
  })

  describe('mongoRaw()', () => {
    it('dump() shows text, and bytes as text', async () => {
      const content = new Binary(Buffer.from('bytes of the secret'))
      await things.insertOne({ _id: 'a', name: 'ada', content })
      const dump = await hooks.dump(context)
      expect(dump).toContain('"ada"')
      expect(dump).toContain('bytes of the secret')
    })

    it('count() counts documents, with the entries in them', async () => {
      expect(await hooks.count(context)).toBe(0)
      await things.insertMany([{ _id: 'a' }, { _id: 'b', parts: ['x', 'y'] }])
      expect(await hooks.count(context)).toBe(4)
    })

    it('ends() has the earliest end by the TTL indexes, and null without one', async () => {
      await things.insertMany([
        { _id: 'a', expiresAt: new Date(at) },
        { _id: 'b', expiresAt: new Date(at), removeAt: new Date(at + 1000) },
        { _id: 'c' },
      ])
      expect(await hooks.ends(context)).toEqual({
        'things a': at + 60_000,
        'things b': at + 1000,
        'things c': null,
      })
      expect(await hooks.immortal!(context)).toEqual(['things c'])
    })

    it('removedAt() and recordRemovedAt() find one document', async () => {
      await things.insertOne({ _id: 'a', parts: ['hash'], expiresAt: new Date(at) })
      expect(await hooks.removedAt!(context, 'hash')).toBe(at + 60_000)
      expect(await hooks.recordRemovedAt!(context, 'a')).toBe(at + 60_000)
      await expect(hooks.removedAt!(context, 'other')).rejects.toThrow('no such document')
    })

    it('explain() names collections of which a command reads everything, or too much', async () => {
      const many = Array.from({ length: 50 }, (_, n) => ({ _id: `${n}`, name: `${n}` }))
      await things.insertMany(many)
      const name = `${db.databaseName}.things`
      const find = (filter: object) => () => things.find(filter).toArray()
      expect(await hooks.explain(context, find({ name: 'a' }))).toEqual([name])
      expect(await hooks.explain(context, find({ _id: { $gte: '0' } }))).toEqual([name])
      expect(await hooks.explain(context, find({ _id: '7' }))).toEqual([])
    })

    it('alive() uses the connection', async () => {
      expect(await hooks.alive(context)).toBe(true)
    })

    it('has only the hooks that its options enable', () => {
      const few = mongoRaw({ db: () => db, collections: () => ['things'] })
      expect(Object.keys(few).toSorted()).toEqual(['alive', 'count', 'dump', 'ends', 'explain'])
    })
  })
})
