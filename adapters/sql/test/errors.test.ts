import { isTransient } from '../src/errors'

describe('isTransient()', () => {
  it.each([
    { code: '40001' },
    { code: '40P01' },
    { code: 'ER_LOCK_DEADLOCK', errno: 1213 },
    { code: 'ER_LOCK_WAIT_TIMEOUT', errno: 1205 },
    { code: 'ER_CHECKREAD', errno: 1020 },
    { code: 'SQLITE_BUSY' },
    { code: 'SQLITE_BUSY_SNAPSHOT' },
    { code: 'SQLITE_LOCKED' },
  ])('F38: returns true for an error after which the statement can succeed: %j', (properties) => {
    expect(isTransient(Object.assign(new Error('failed'), properties))).toBe(true)
  })

  it.each([{ code: '23505' }, { code: 'ECONNRESET' }, { errno: 1062 }, {}])(
    'returns false for an error that is permanent or leaves the outcome unknown: %j',
    (properties) => {
      expect(isTransient(Object.assign(new Error('failed'), properties))).toBe(false)
    },
  )
})
