import { isFault } from '../../src/errors/fault'

const withProperties = (properties: object, name = 'Error') =>
  Object.assign(new Error('a message'), { name }, properties)

describe('isFault()', () => {
  it.each<[string, unknown]>([
    ['a TypeError', new TypeError('x is not a function')],
    ['an unknown table of PostgreSQL', withProperties({ code: '42P01' })],
    ['a missing permission of PostgreSQL', withProperties({ code: '42501' })],
    ['a wrong password of PostgreSQL', withProperties({ code: '28P01' })],
    ['an unknown table of MariaDB', withProperties({ errno: 1146, sqlState: '42S02' })],
    ['an unknown table of SQLite', withProperties({ code: 'SQLITE_ERROR' })],
    ['an unknown table of Prisma', withProperties({ code: 'P2021' })],
    ['a wrong argument of Prisma', withProperties({}, 'PrismaClientValidationError')],
    ['a raw query of Prisma', withProperties({ code: 'P2010', meta: { code: '42703' } })],
    ['an error inside one of TypeORM', withProperties({ driverError: { code: '42703' } })],
    ['a missing permission of MongoDB', withProperties({ code: 13 })],
    [
      'a missing permission of Redis',
      Object.assign(new Error('NOPERM no'), { name: 'ReplyError' }),
    ],
    ['a violation of our contract', withProperties({ code: 'OAUTH2_KIT_STORE' })],
    ['a wrong option', withProperties({ code: 'OAUTH2_KIT_OPTION' })],
  ])('%s is permanent', (_what, error) => {
    expect(isFault(error)).toBe(true)
  })

  it.each<[string, unknown]>([
    ['a refused connection', withProperties({ code: 'ECONNREFUSED' })],
    ['fetch() without a network', new TypeError('fetch failed', { cause: new Error('ENOTFOUND') })],
    ['too many connections of PostgreSQL', withProperties({ code: '53300' })],
    ['a server of PostgreSQL that starts', withProperties({ code: '57P03' })],
    ['a deadlock', withProperties({ code: '40P01' })],
    [
      'too many connections of a user of MariaDB',
      withProperties({ errno: 1226, sqlState: '42000' }),
    ],
    ['a busy SQLite', withProperties({ code: 'SQLITE_BUSY' })],
    ['a server that Prisma does not reach', withProperties({ code: 'P1001' })],
    ['a pool of Prisma that is exhausted', withProperties({ code: 'P2024' })],
    ['a pool of Prisma without a connection', withProperties({ code: 'P2039' })],
    ['a failover of MongoDB', withProperties({ code: 10107 })],
    ['a Redis that loads', Object.assign(new Error('LOADING'), { name: 'ReplyError' })],
    ['a timeout', withProperties({ code: 'OAUTH2_KIT_TIMEOUT' })],
    ['another error', new Error('x')],
    ['text', 'x'],
    ['undefined', undefined],
    [
      'an error that contains itself',
      (() => {
        const error = withProperties({})
        error.cause = error
        return error
      })(),
    ],
  ])('%s is an outage', (_what, error) => {
    expect(isFault(error)).toBe(false)
  })
})
