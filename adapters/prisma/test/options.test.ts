import { readFileSync } from 'node:fs'
import path from 'node:path'
import { prismaStore } from '@oauth2-kit/prisma'
import { defaults } from '../src/options'
import { clientFor } from './support/engines'

// The client connects on its first query.
const client = clientFor('file:nowhere.db')

function noClient() {
  return prismaStore({} as never, { provider: 'sqlite' })
}

describe('prismaStore() options', () => {
  it.each([
    [{ credential: 'nothing' }, '"credential" is "nothing", and the client has no such model'],
    [{ client: '$connect' }, '"client" is "$connect", and the client has no such model'],
    [{ client: 7 }, '"client" is 7, and the client has no such model'],
    [{ user: '' }, '"user" is "", and the client has no such model'],
    [{ record: null }, '"record" is null, and the client has no such model'],
    [{ batchSize: 0 }, '"batchSize" must be a whole number from 1 to 10000'],
    [{ batchSize: 1.5 }, '"batchSize" must be'],
    [{ batchSize: '500' }, '"batchSize" must be'],
    [{ batchSize: 10_001 }, '"batchSize" must be'],
    [{ provider: 'mongodb' }, '"provider" must be'],
    [
      { tables: {} },
      'Unknown option "tables" of prismaStore(). The options are credential, client, user, record',
    ],
  ])('throws a TypeError for %p', (options, message) => {
    const make = () => prismaStore(client, options as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('throws a TypeError with the command to run for an object that is not a client', () => {
    expect(noClient).toThrow(TypeError)
    expect(noClient).toThrow('npx oauth2-kit prisma init')
  })

  it('require "provider" if the client does not report its provider', () => {
    const { oAuthCredential, oAuthClient, oAuthUser, oAuthRecord } = client
    const bare = { oAuthCredential, oAuthClient, oAuthUser, oAuthRecord }
    expect(() => prismaStore(bare)).toThrow('"provider" must be')
    expect(() => prismaStore(bare, { provider: 'sqlite' })).not.toThrow()
  })

  it('a store without users has no user methods, and supports.users is false', () => {
    const store = prismaStore(client, { user: null })
    expect(store.supports.users).toBe(false)
    const methods = ['getUser', 'getUserByUsername', 'createUser', 'updateUser', 'deleteUser']
    for (const name of [...methods, 'listUsers']) expect(store).not.toHaveProperty(name)
  })

  it('throws a TypeError for a schema with relationMode = "prisma"', () => {
    const emulated = clientFor('mysql://root:test@127.0.0.1:1/none', { generated: 'emulated' })
    expect(() => prismaStore(emulated)).toThrow(TypeError)
    expect(() => prismaStore(emulated)).toThrow('The schema has relationMode = "prisma"')
  })

  it('have the defaults that their doc comments state', () => {
    const source = readFileSync(path.join(__dirname, '../src/options.ts'), 'utf8')
    const documented = [...source.matchAll(/@default ('?[\w ']+?'?) \*\/\s*(\w+)\?:/g)].map(
      ([, value, name]) => [name, value?.replaceAll("'", '')],
    )
    expect(documented).toEqual([
      ['credential', defaults.credential],
      ['client', defaults.client],
      ['user', defaults.user],
      ['record', defaults.record],
      ['batchSize', String(defaults.batchSize)],
      ['provider', 'the clients own'],
    ])
    expect(Object.isFrozen(defaults)).toBe(true)
  })
})
