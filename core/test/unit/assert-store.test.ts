import { assertStore } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

describe('assertStore()', () => {
  it('accepts a store, with and without users', () => {
    const { getUserByUsername: _, createUser: __, deleteUser: ___, ...withoutUsers } = memoryStore()
    expect(() => assertStore(memoryStore())).not.toThrow()
    expect(() => assertStore(withoutUsers)).not.toThrow()
  })

  it.each<[unknown, string]>([
    [undefined, 'but is undefined'],
    [null, 'but is null'],
    [7, 'but is 7'],
    ['store', 'but is "store"'],
    [memoryStore, 'but is a function: call it and pass the result'],
    [Promise.resolve(memoryStore()), 'but is a promise: await it'],
  ])('throws a TypeError for %p, which says what to pass', (value, problem) => {
    const message = `The export must be a store, such as memoryStore(), ${problem}`
    expect(() => assertStore(value, 'The export')).toThrow(new TypeError(message))
  })

  it.each([{}, { supports: null }, { getUser() {} }])(
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
