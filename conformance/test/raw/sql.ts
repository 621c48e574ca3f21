import type { Context } from '@oauth2-kit/conformance'
import type { SqlHooks } from '../../src/raw/sql'

/** The context of a namespace whose store is in the table `things`. */
export const context = { namespace: 'things', instance: 0 } as Context

const secret = 'the secret token'

/** A column for text with an index, one without, and one for bytes. */
export function tableOf(bytes: string): string {
  return `CREATE TABLE things (id VARCHAR(64) PRIMARY KEY, name VARCHAR(64), content ${bytes})`
}

/** What the tests of each SQL database check. */
export interface Place {
  hooks: SqlHooks
  /** Runs a statement on the connection of the store. `?` stands for a value. */
  run: (sql: string, ...values: unknown[]) => Promise<unknown>
}

/** Defines the tests of the hooks of one SQL database. */
export function testSqlHooks({ hooks, run }: Place): void {
  const insert = (id: string, content = Buffer.from('content')) =>
    run('INSERT INTO things (id, name, content) VALUES (?, ?, ?)', id, `name of ${id}`, content)

  it('dump() shows text, and bytes as text', async () => {
    await insert('dumped', Buffer.from(`bytes of ${secret}`))
    const dump = await hooks.dump(context)
    for (const part of ['dumped', 'name of dumped', `bytes of ${secret}`])
      expect(dump).toContain(part)
  })

  it('count() counts rows', async () => {
    const before = await hooks.count(context)
    await insert('one more')
    expect(await hooks.count(context)).toBe(before + 1)
  })

  it('alive() uses the connection of the store', async () => {
    expect(await hooks.alive(context)).toBe(true)
  })

  it.each<[string, string[]]>([
    ['SELECT * FROM things WHERE id = ?', []],
    ['UPDATE things SET content = NULL WHERE id = ?', []],
    ['DELETE FROM things WHERE id = ?', []],
    ['SELECT * FROM things WHERE id > ? ORDER BY id LIMIT 5', []],
    ['SELECT * FROM things WHERE name = ?', [expect.stringContaining('things')]],
    ['UPDATE things SET content = NULL WHERE name = ?', [expect.stringContaining('things')]],
    ['DELETE FROM things WHERE name = ?', [expect.stringContaining('things')]],
  ])('explain() of %s: %j', async (sql, scanned) => {
    for (let n = 0; n < 5; n++) await insert(`row ${n} for ${sql.slice(0, 40)}`)
    const work = jest.fn(() => run(sql, 'no such value'))
    expect(await hooks.explain(context, work)).toEqual(scanned)
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('explain() sees only the work, and rejects with what the work throws', async () => {
    await run('SELECT * FROM things WHERE name = ?', 'before')
    expect(await hooks.explain(context, async () => {})).toEqual([])
    await expect(hooks.explain(context, failing)).rejects.toThrow('the work fails')
    expect(await hooks.explain(context, () => run('SELECT 1'))).toEqual([])
  })
}

function failing(): Promise<never> {
  return Promise.reject(new Error('the work fails'))
}
