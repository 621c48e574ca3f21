import { assertStore } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

describe('assertStore()', () => {
  it('accepts a store, with and without users', () => {
    const { getUserByUsername: _, createUser: __, deleteUser: ___, ...withoutUsers } = memoryStore()
    expect(() => assertStore(memoryStore())).not.toThrow()
    expect(() => assertStore(withoutUsers)).not.toThrow()
  })

  it.each([undefined, null, 7, 'store', {}, () => {}, { supports: null }, { getUser() {} }])(
    'throws a TypeError for %p, which is not a store',
    (value) => {
      const message = 'The export is not a store: it has no "supports"'
      expect(() => assertStore(value, 'The export')).toThrow(new TypeError(message))
    },
  )

  it('throws a TypeError that names the missing methods', () => {
    const { find: _, purge: __, ...rest } = memoryStore()
    const message = '"model" lacks these store methods: find, purge'
    expect(() => assertStore(rest)).toThrow(new TypeError(message))
  })

  it('throws a TypeError for another version of the contract', () => {
    const store = memoryStore()
    const next = { ...store, supports: { ...store.supports, contract: 2 } }
    expect(() => assertStore(next)).toThrow('"model" implements store contract 2, not 1')
  })
})
