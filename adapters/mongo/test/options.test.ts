import { readFileSync } from 'node:fs'
import path from 'node:path'
import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
import { defaults } from '../src/options'

/** A database that is never connected to. */
const db = new MongoClient('mongodb://127.0.0.1:1').db('test')

describe('mongoStore() options', () => {
  it.each([
    [{ retentionSeconds: -1 }, '"retentionSeconds" must be a whole number of seconds from 0'],
    [{ retentionSeconds: 1.5 }, '"retentionSeconds" must be a whole number'],
    [{ retentionSeconds: '60' }, '"retentionSeconds" must be'],
    [{ retentionSeconds: 2 ** 31 }, 'from 0 to 2147483647'],
    [{ retentionSeconds: null }, '"retentionSeconds" must be'],
    [{ credentialsPerGrant: 150 }, 'Unknown option "credentialsPerGrant" of mongoStore()'],
    [{ writeConcern: { w: 0 } }, '"writeConcern.w" must be "majority", a number of members'],
    [{ writeConcern: { w: '0' } }, '"writeConcern.w" must be'],
    [{ writeConcern: { w: null } }, '"writeConcern.w" must be'],
    [{ writeConcern: { j: 1 } }, '"writeConcern.j" must be true or false'],
    [{ writeConcern: { wtimeoutMS: -1 } }, '"writeConcern.wtimeoutMS" must be a whole number'],
    [
      { writeConcern: { wtimeout: 1 } },
      'Unknown option "writeConcern.wtimeout" of mongoStore(). Did you mean "wtimeoutMS"?',
    ],
    [
      { collections: { tokens: 'x' } },
      'Unknown option "collections.tokens" of mongoStore(). The options are grants',
    ],
    [{ collections: { grants: '' } }, '"collections.grants" must be a name'],
    [{ collections: { grants: 'a', users: 'a' } }, '"collections" must have four different names'],
    [{ models: { grants: 7 } }, '"models.grants" must be a name'],
    [{ models: { grants: 'OAuthUser' } }, '"models" must have four different names'],
    [
      { collections: { keys: 'oauth_keys' } },
      'Unknown option "collections.keys" of mongoStore(). The options are grants, clients, users, records',
    ],
    [
      { prefix: 'x' },
      'Unknown option "prefix" of mongoStore(). The options are collections, models',
    ],
  ])('throws a TypeError for %p', (options, message) => {
    const make = () => mongoStore(db, options as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it.each([null, 'oauth_', 7])('throws a TypeError for %p as the options', (options) => {
    expect(() => mongoStore(db, options as never)).toThrow(TypeError)
  })

  it.each([
    undefined,
    {},
    { collections: undefined, models: {}, retentionSeconds: undefined, writeConcern: {} },
    { collections: { grants: undefined }, writeConcern: { w: undefined } },
    { writeConcern: { w: 2 } },
  ])('are optional: %p', (options) => {
    expect(() => mongoStore(db, options)).not.toThrow()
  })

  it('are not written to', () => {
    const collections = Object.freeze({ grants: 'grants' })
    const options = Object.freeze({ collections, writeConcern: Object.freeze({ w: 1 }) })
    expect(() => mongoStore(db, options)).not.toThrow()
  })

  it('have the defaults that their doc comments state', () => {
    const source = readFileSync(path.join(__dirname, '../src/options.ts'), 'utf8')
    const [, body = ''] = /export interface MongoStoreOptions \{\n(.*?)\n\}/s.exec(source) ?? []
    const documented = [...body.matchAll(/@default\s+(.*?)\s*\*\/\s*(\w+)\?:/gs)].map(
      ([, value = '', name]) => [name, value.replaceAll(/\n\s+\* /g, ' ')],
    )
    expect(documented).toEqual(
      Object.entries(defaults).map(([name, value]) => [name, literalOf(value)]),
    )
    expect(Object.values(defaults).every((value) => Object.isFrozen(value))).toBe(true)
  })
})

/** Returns the value as a literal in code. */
function literalOf(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, member]) => `${name}: ${literalOf(member)}`)
  return `{ ${members.join(', ')} }`
}
