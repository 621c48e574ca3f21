import { betterSqlite3Store } from '@oauth2-kit/sql/better-sqlite3'
import Database from 'libsql'
import { statementCache } from '../src/statement-cache'
import { behaviourOf } from './support/works'

it('works on a database that returns big integers', async () => {
  const database = new Database(':memory:')
  database.defaultSafeIntegers(true)
  expect(await behaviourOf(betterSqlite3Store(database))).toBe('as documented')
})

it('declares that a database in memory is neither durable nor shared', () => {
  const { supports } = betterSqlite3Store(new Database(':memory:'))
  expect(supports).toMatchObject({ durable: false, multiProcess: false })
})

it.each([null, undefined, {}, 'file', { prepare() {} }])(
  'throws a TypeError for %j',
  (database) => {
    expect(() => betterSqlite3Store(database as never)).toThrow(TypeError)
    expect(() => betterSqlite3Store(database as never)).toThrow(
      'takes a Database of better-sqlite3',
    )
  },
)

describe('statementCache()', () => {
  it('prepares a statement once', () => {
    const prepare = jest.fn((text: string) => ({ text }))
    const prepared = statementCache(prepare)
    expect(prepared('a')).toBe(prepared('a'))
    expect(prepare).toHaveBeenCalledTimes(1)
  })

  it('keeps a bounded number of statements, those that were used last', () => {
    const prepare = jest.fn((text: string) => ({ text }))
    const prepared = statementCache(prepare)
    for (let at = 0; at < 1000; at++) {
      prepared('often')
      prepared(`rare ${at}`)
    }
    prepared('rare 0')
    expect(prepare).toHaveBeenCalledTimes(1002)
  })
})
