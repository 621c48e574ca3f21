import { assertId } from '../../src/contract/ids'
import { userIdOf } from '../../src/contract/user-id'

describe('assertId()', () => {
  it.each(['a', 'a'.repeat(255), ' ', 'ä✓𝄞', '$ne', '__proto__', "'; DROP TABLE x"])(
    'accepts %j',
    (id) => {
      expect(() => assertId(id, 'id')).not.toThrow()
    },
  )

  it.each([
    [undefined, 'must be a string'],
    [null, 'must be a string'],
    [7, 'must be a string'],
    [true, 'must be a string'],
    [{ $ne: null }, 'must be a string'],
    [['a'], 'must be a string'],
    ['', 'must not be empty'],
    ['a'.repeat(256), 'must have at most 255 characters'],
    ['a\0', 'must be well-formed Unicode without NUL'],
    ['\ud800', 'must be well-formed Unicode without NUL'],
  ])('throws a TypeError for %p: it %s', (id, rule) => {
    expect(() => assertId(id, 'client_id')).toThrow(new TypeError(`"client_id" ${rule}`))
  })
})

describe('userIdOf()', () => {
  const objectId = { id: Buffer.alloc(12), toHexString: () => '65a1' }

  it.each([
    ['text', 'ada', 'ada'],
    ['an object with an id', { id: 'ada', name: 'Ada' }, 'ada'],
    ['a number', 7, '7'],
    ['an object with a number', { id: 0 }, '0'],
    ['a bigint', 12345678901234567890n, '12345678901234567890'],
    ['an ObjectId', objectId, '65a1'],
    ['an object with an ObjectId', { id: objectId }, '65a1'],
    ['undefined', undefined, null],
    ['null', null, null],
  ])('returns the id of %s as text or null', (_what, user, id) => {
    expect(userIdOf(user)).toBe(id)
  })

  it.each([{}, { name: 'Ada' }, true, { id: {} }, { id: '' }, '', { id: ['a'] }, () => {}])(
    'throws a TypeError for %p',
    (user) => {
      expect(() => userIdOf(user)).toThrow(TypeError)
    },
  )

  it.each([Number.NaN, Infinity])(
    'throws a TypeError for %d, which is not unique to one user',
    (id) => {
      expect(() => userIdOf({ id })).toThrow(TypeError)
    },
  )
})
