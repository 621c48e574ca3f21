import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { recordedSqlite, sqliteRaw } from '@oauth2-kit/conformance/raw/sqlite'
import libsql from 'libsql'
import { context, tableOf, testSqlHooks } from './sql'

const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-raw-'))
const database = recordedSqlite(new libsql(path.join(folder, 'things.db')))
database.exec(tableOf('BLOB'))
const hooks = sqliteRaw({ database: () => database, tables: () => ['things'] })

afterAll(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

describe('sqliteRaw() on a database with the interface of better-sqlite3', () => {
  testSqlHooks({
    hooks,
    async run(sql, ...values) {
      const statement = database.prepare(sql)
      return sql.startsWith('SELECT') ? statement.all(...values) : statement.run(...values)
    },
  })

  it('explain() sees statements that were prepared before the work, and values in an array', async () => {
    const [byName, byId] = ['name', 'id'].map((column) =>
      database.prepare(`SELECT * FROM things WHERE ${column} = ?`),
    )
    expect(await hooks.explain(context, async () => byName!.get('a'))).toEqual(['things'])
    expect(await hooks.explain(context, async () => byName!.all(['a']))).toEqual(['things'])
    expect(await hooks.explain(context, async () => byId!.get('a'))).toEqual([])
  })

  it('explain() that never sees a statement says how to keep the connections of instances', async () => {
    const unused = recordedSqlite(new libsql(':memory:'))
    const unseen = sqliteRaw({ database: () => unused, tables: () => [] })
    await expect(unseen.explain(context, unrelated)).rejects.toThrow(
      /^no statement was seen\. .*its key must be the namespace and the instance/,
    )
    unused.close()
  })

  it('explain() rejects for a database that is not recorded', async () => {
    const plain = new libsql(':memory:')
    const unseen = sqliteRaw({ database: () => plain, tables: () => [] })
    await expect(unseen.explain(context, async () => {})).rejects.toThrow('recordedSqlite()')
    plain.close()
  })
})

const preparedLater = (sql: string) => ({
  all: async (...values: never[]) => database.prepare(sql).all(...values),
})

describe('sqliteRaw() on a client whose statements return promises', () => {
  it('reads the tables', async () => {
    const { dump, count } = sqliteRaw({
      database: () => ({ prepare: preparedLater }),
      tables: () => ['things'],
    })
    expect(await count(context)).toBe(await hooks.count(context))
    expect(await dump(context)).toBe(await hooks.dump(context))
  })
})

/** Uses another connection than that of the store. */
async function unrelated(): Promise<unknown> {
  return database.prepare('SELECT * FROM things').all()
}
