import { readFileSync } from 'node:fs'
import path from 'node:path'
import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import libsql from 'libsql'
import { DataSource } from 'typeorm'
import { defaults } from '../src/options'

const inMemory = { type: 'better-sqlite3', driver: libsql, database: ':memory:' } as const

describe('typeormStore() options', () => {
  let dataSource: DataSource
  beforeAll(async () => {
    dataSource = new DataSource({ ...inMemory, ...oauthTables('better-sqlite3') })
    await dataSource.initialize()
  })
  afterAll(() => dataSource.destroy())

  it.each([
    [{ batchSize: 0 }, '"batchSize" must be a whole number of rows from 1 to 10000'],
    [{ batchSize: 10_001 }, '"batchSize" must be'],
    [{ batchSize: 1.5 }, '"batchSize" must be'],
    [{ batchSize: '5' }, '"batchSize" must be'],
    [
      { prefix: 'x' },
      'Unknown option "prefix" of typeormStore(). The options are tables, batchSize',
    ],
    [
      { tables: { tokens: 'x' } },
      'Unknown option "tables.tokens" of typeormStore(). The options are credentials',
    ],
    [{ tables: { users: '' } }, '"tables.users" must be the name of a table'],
    [{ tables: { users: 7 } }, '"tables.users" must be the name of a table'],
    [{ tables: { keys: 'oauth_keys' } }, 'Unknown option "tables.keys"'],
    [{ tables: { users: 'oauth_records' } }, '"tables" has the same name twice'],
    [
      { tables: { users: 'nowhere' } },
      '"dataSource" has no entity nowhere: add ...oauthTables(type)',
    ],
  ])('throws a TypeError for %j', (options, message) => {
    const make = () => typeormStore(dataSource, options as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it.each([null, undefined, 7, 'postgres://', {}])('%p is not a DataSource', (source) => {
    const make = () => typeormStore(source as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow('takes a DataSource of typeorm, or its EntityManager')
  })

  it('throws a TypeError for a DataSource that is not initialized', () => {
    const idle = new DataSource({ ...inMemory })
    expect(() => typeormStore(idle)).toThrow(TypeError)
    expect(() => typeormStore(idle)).toThrow('await dataSource.initialize() first')
  })

  it('throws a TypeError for a TypeORM that ignores the foreign keys of entities', () => {
    const metadata = dataSource.getMetadata('oauth_credentials')
    const { foreignKeys } = metadata
    metadata.foreignKeys = []
    try {
      expect(() => typeormStore(dataSource)).toThrow(TypeError)
      expect(() => typeormStore(dataSource)).toThrow('install 0.3.23 or later')
    } finally {
      metadata.foreignKeys = foreignKeys
    }
  })

  it('throws a TypeError with the supported types for a DataSource of another type', () => {
    const other = new DataSource({ ...inMemory })
    Object.assign(other.options, { type: 'oracle' })
    const make = () => typeormStore(other)
    expect(make).toThrow(TypeError)
    expect(make).toThrow('postgres, mariadb, mysql, better-sqlite3, sqljs')
  })

  it('oauthTables() throws a TypeError with the supported types for another type', () => {
    expect(() => oauthTables('oracle' as never)).toThrow(TypeError)
    expect(() => oauthTables('oracle' as never)).toThrow('use postgres, mariadb, mysql')
  })

  it('have the defaults that their doc comments state', () => {
    expect(documented('options.ts', 'TypeormStoreOptions')).toEqual({
      tables: 'the',
      batchSize: String(defaults.batchSize),
    })
    expect(Object.isFrozen(defaults)).toBe(true)
  })

  it('are not written to', () => {
    const options = Object.freeze({ tables: Object.freeze({}), batchSize: 7 })
    expect(() => typeormStore(dataSource, options)).not.toThrow()
  })
})

/** Returns the defaults in the doc comments of an interface. */
function documented(file: string, name: string): Record<string, string> {
  const source = readFileSync(path.join(__dirname, '../src', file), 'utf8')
  const [, body = ''] =
    new RegExp(`export interface ${name} \\{\n(.*?)\n\\}`, 's').exec(source) ?? []
  const found = [...body.matchAll(/@default\s+(?:\* )?(\S+).*?\*\/\s*(\w+)\??:/gs)]
  return Object.fromEntries(found.map(([, value, option]) => [option, value]))
}
