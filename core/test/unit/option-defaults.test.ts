import { readFileSync } from 'node:fs'
import path from 'node:path'
import { defaults } from '../../src/options/settings'
import { profiles } from '../../src/profile'

const source = readFileSync(path.join(__dirname, '../../src/options/server-options.ts'), 'utf8')
const documented = defaultsIn(source)

describe('the @default of each option', () => {
  const plain = Object.entries(defaults).filter(
    ([, value]) => typeof value !== 'function' && typeof (value ?? 0) !== 'object',
  )

  it.each(plain)('%s: documents the actual default %p', (name, value) => {
    const shown = typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
    expect(documented.get(name)).toBe(shown)
  })

  it('names the defaults that are not plain values', () => {
    expect(documented.get('passwords')).toBe('scrypt')
    expect(documented.get('now')).toBe('Date.now')
    expect(Object.keys(defaults)).toHaveLength(plain.length + 2)
  })

  it('exists otherwise only for options that depend on the profile or the store', () => {
    const others = [...documented.keys()].filter((name) => !Object.hasOwn(defaults, name))
    expect(others).toEqual([
      'profile',
      'grants',
      'resources',
      'clientIdRegex',
      'limiter',
      'clientAddress',
      'keys',
      'verificationUri',
      'dpop',
      'clientMetadata',
      'users',
      'scopes',
      'claims',
      'trustedIssuers',
      'fetchJwks',
      'registration',
    ])
  })

  it('documents the defaults of each profile', () => {
    const { v2, 'oauth2.1': oauth21 } = profiles
    expect(documented.get('clientIdRegex')).toBe(
      `${v2.clientIdRegex} in 'v2', ${oauth21.clientIdRegex} in 'oauth2.1'`,
    )
    expect(documented.get('grants')).toBe("all but `password` in 'oauth2.1', none in 'v2'")
    expect(v2.grants).toEqual([])
    expect(oauth21.grants).toEqual(['authorization_code', 'refresh_token', 'client_credentials'])
  })

  it('comes from an object that is frozen', () => {
    expect(Object.isFrozen(defaults)).toBe(true)
    expect(Object.isFrozen(defaults.passwords)).toBe(true)
  })
})

/** The text after @default in the doc comment of each member of the interface Options. */
function defaultsIn(text: string): Map<string, string> {
  const bodies = text.matchAll(/export interface (?:Common|StoreOnly)Options \{\n(.*?)\n\}/gs)
  const members = [...bodies]
    .map(([, body]) => body)
    .join('\n')
    .matchAll(/\/\*\*(.*?)\*\/\s*(\w+)/gs)
  return new Map(
    [...members].flatMap(([, comment = '', name = '']) => {
      const words = comment.replace(/\s*\n\s*\* ?/g, ' ')
      const [, value] = /@default (.*)$/.exec(words.trim()) ?? []
      return value === undefined ? [] : [[name, value.trim()] as const]
    }),
  )
}
