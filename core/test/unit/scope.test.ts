import { InvalidScopeError } from '../../src/errors/errors'
import { includesScope, narrowScope, parseScope } from '../../src/protocol/scope'

describe('parseScope()', () => {
  it.each([
    ['', []],
    ['profile', ['profile']],
    ['profile email', ['profile', 'email']],
    ['b a b', ['b', 'a']],
    ["https://api.example/read:all !#$%&'()*+,-./:;<=>?@[]^_`{|}~", undefined],
  ])('returns each scope of %j once, in the same order', (text, scopes) => {
    expect(parseScope(text)).toEqual(scopes ?? text.split(' '))
  })

  it.each([' ', ' a', 'a ', 'a  b', 'a\tb', 'a\n', 'a"b', 'a\\b', 'caf\u00e9', 'a\0'])(
    'returns undefined for %j, which violates RFC 6749 3.3',
    (text) => {
      expect(parseScope(text)).toBeUndefined()
    },
  )
})

describe('includesScope()', () => {
  it('requires every scope to match exactly', () => {
    expect(includesScope('profile email', ['email'])).toBe(true)
    expect(includesScope('profile email', ['email', 'profile'])).toBe(true)
    expect(includesScope('profile email', [])).toBe(true)
    expect(includesScope('profile email', ['email', 'admin'])).toBe(false)
    expect(includesScope('profile email', ['mail'])).toBe(false)
    expect(includesScope('profile email', ['profile email'])).toBe(false)
    expect(includesScope('', ['profile'])).toBe(false)
  })
})

describe('narrowScope()', () => {
  it('returns the requested scope if all of it is allowed', () => {
    expect(narrowScope('b a', ['a', 'b', 'c'])).toBe('b a')
    expect(narrowScope('a a', ['a'])).toBe('a')
  })

  it('returns all allowed scopes if none is requested', () => {
    expect(narrowScope(undefined, ['a', 'b'])).toBe('a b')
    expect(narrowScope(undefined, [])).toBe('')
    expect(narrowScope(undefined, null)).toBe('')
  })

  it('returns any requested scope if every scope is allowed', () => {
    expect(narrowScope('anything goes', null)).toBe('anything goes')
  })

  it.each([
    ['a d', 'The scope "d" may not be requested'],
    ['d a e', 'The scope "d e" may not be requested'],
    ['A', 'The scope "A" may not be requested'],
    ['a  b', 'The scope is malformed'],
  ])('throws invalid_scope for %j', (requested, message) => {
    expect(() => narrowScope(requested, ['a', 'b'])).toThrow(InvalidScopeError)
    expect(() => narrowScope(requested, ['a', 'b'])).toThrow(message)
  })
})
