import { awayReason } from '../src/away'

/** Returns an error with these members, as drivers make them. */
function error(message: string, members: object = {}): Error {
  return Object.assign(new Error(message), members)
}

const adapter = (cause: object) => ({ meta: { driverAdapterError: { cause } } })

// Messages and codes that the drivers had when their database was away.
describe('awayReason()', () => {
  it.each<[string, Error, string]>([
    [
      'node:net',
      error('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED 127.0.0.1:1',
    ],
    [
      'node:net, with several addresses',
      new AggregateError([error('connect ECONNREFUSED ::1:1', { code: 'ECONNREFUSED' })]),
      'connect ECONNREFUSED ::1:1',
    ],
    [
      'a socket file',
      error('connect ENOENT /run/x', { code: 'ENOENT', syscall: 'connect' }),
      'connect ENOENT /run/x',
    ],
    [
      'pg',
      error('Connection terminated due to connection timeout', {
        cause: error('Connection terminated unexpectedly'),
      }),
      'Connection terminated unexpectedly',
    ],
    [
      'PostgreSQL that starts',
      error('the database system is starting up', { code: '57P03' }),
      'the database system is starting up',
    ],
    [
      'TypeORM',
      error('', { driverError: error('connect ETIMEDOUT', { code: 'ETIMEDOUT' }) }),
      'connect ETIMEDOUT',
    ],
    [
      'Prisma',
      error("\nInvalid `prisma.x.count()` invocation:\n\n\nCan't reach database server at a:1", {
        code: 'P1001',
      }),
      "Can't reach database server at a:1",
    ],
    [
      'Prisma, in a transaction',
      error('Transaction API error: Unable to start a transaction in the given time.', {
        code: 'P2028',
      }),
      'Transaction API error: Unable to start a transaction in the given time.',
    ],
    [
      'Prisma on mariadb',
      error('Raw query failed', {
        code: 'P2039',
        ...adapter({
          code: 45028,
          message: 'pool timeout: no connection after 1001ms\n    (pool connections: active=0)',
        }),
      }),
      'pool timeout: no connection after 1001ms',
    ],
    [
      'mongodb',
      error('connect ECONNREFUSED 127.0.0.1:1', { name: 'MongoServerSelectionError' }),
      'connect ECONNREFUSED 127.0.0.1:1',
    ],
    ['ioredis', error('Connection is closed.'), 'Connection is closed.'],
  ])('%s', (_driver, thrown, reason) => {
    expect(awayReason(thrown)).toBe(reason)
    expect(awayReason(new Error('The module failed', { cause: thrown }))).toBe(reason)
  })

  it.each<[string, unknown]>([
    ['a missing file', error('ENOENT: no such file', { code: 'ENOENT', syscall: 'open' })],
    ['a missing table', error('relation "x" does not exist', { code: '42P01' })],
    ['a wrong password', error('WRONGPASS invalid username-password pair')],
    ['an error of the program', new TypeError('x is not a function')],
    ['a text', 'ECONNREFUSED'],
    ['nothing', undefined],
  ])('undefined for %s', (_what, thrown) => {
    expect(awayReason(thrown)).toBeUndefined()
  })
})
