import { nodeSqliteStore } from '@oauth2-kit/sql/node-sqlite'
import { nodeSqlite } from './support/bindings/node-sqlite'
import { behaviourOf } from './support/works'

const { DatabaseSync } = nodeSqlite() ?? {}
const describeHere = DatabaseSync ? describe : describe.skip

describeHere('on a release with node:sqlite', () => {
  it.each([
    {},
    { readBigInts: true },
    { returnArrays: true },
    { enableForeignKeyConstraints: false },
  ])('works on a database with the options %j', async (options) => {
    const database = new DatabaseSync!(':memory:', options)
    const store = nodeSqliteStore(database)
    if ('enableForeignKeyConstraints' in options) database.exec('PRAGMA foreign_keys = ON')
    expect(await behaviourOf(store)).toBe('as documented')
  })

  it('declares that a database in memory is neither durable nor shared', () => {
    const { supports } = nodeSqliteStore(new DatabaseSync!(':memory:'))
    expect(supports).toMatchObject({ durable: false, multiProcess: false })
  })
})

it.each([null, undefined, {}, 'file', { prepare() {} }])(
  'throws a TypeError for %j',
  (database) => {
    expect(() => nodeSqliteStore(database as never)).toThrow(TypeError)
    expect(() => nodeSqliteStore(database as never)).toThrow('takes a DatabaseSync of node:sqlite')
  },
)
