import { InvalidScopeError } from '../../src/errors/errors'
import { includesScope, narrowScope, parseScope } from '../../src/protocol/scope'

describe('parseScope()', () => {
  it.each([
    ['', []],
    ['profile', ['profile']],
    ['profile email', ['profile', 'email']],
    ['b a b', ['b', 'a']],
    ["https://api.example/read:all !#$%&'()*+,-./:;<=>?@[]^_`{|}~", undefined],
  ])('gives each scope of %j once, in the order given', (text, scopes) => {
    expect(parseScope(text)).toEqual(scopes ?? text.split(' '))
  })

  it.each([' ', ' a', 'a ', 'a  b', 'a\tb', 'a\n', 'a"b', 'a\\b', 'caf\u00e9', 'a\0'])(
    'gives undefined for %j, which breaks RFC 6749 3.3',
    (text) => {
      expect(parseScope(text)).toBeUndefined()
    },
  )
})

describe('includesScope()', () => {
  it('needs every scope, and the whole of it', () => {
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
  it('gives what was asked for, if all of it may be had', () => {
    expect(narrowScope('b a', ['a', 'b', 'c'])).toBe('b a')
    expect(narrowScope('a a', ['a'])).toBe('a')
  })

  it('gives all that may be had, where nothing was asked for', () => {
    expect(narrowScope(undefined, ['a', 'b'])).toBe('a b')
    expect(narrowScope(undefined, [])).toBe('')
    expect(narrowScope(undefined, null)).toBe('')
  })

  it('gives anything, where anything may be asked for', () => {
    expect(narrowScope('anything goes', null)).toBe('anything goes')
  })

  it.each([
    ['a d', 'The scope "d" may not be asked for'],
    ['d a e', 'The scope "d e" may not be asked for'],
    ['A', 'The scope "A" may not be asked for'],
    ['a  b', 'The scope is malformed'],
  ])('throws invalid_scope for %j', (asked, message) => {
    expect(() => narrowScope(asked, ['a', 'b'])).toThrow(InvalidScopeError)
    expect(() => narrowScope(asked, ['a', 'b'])).toThrow(message)
  })
})
