import { readFileSync } from 'node:fs'
import path from 'node:path'
import { prismaStore } from '@oauth2-kit/prisma'
import { defaults } from '../src/options'
import { clientFor } from './support/engines'

// A client connects when it is first asked.
const client = clientFor('file:nowhere.db')

function noClient() {
  return prismaStore({} as never, { provider: 'sqlite' })
}

describe('the options of prismaStore()', () => {
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
  ])('%p is a TypeError that says so', (options, message) => {
    const make = () => prismaStore(client, options as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('what is no client is a TypeError that says how to get one', () => {
    expect(noClient).toThrow(TypeError)
    expect(noClient).toThrow('npx oauth2-kit prisma init')
  })

  it('a client that does not tell its provider needs the option', () => {
    const { oAuthCredential, oAuthClient, oAuthUser, oAuthRecord } = client
    const bare = { oAuthCredential, oAuthClient, oAuthUser, oAuthRecord }
    expect(() => prismaStore(bare)).toThrow('"provider" must be')
    expect(() => prismaStore(bare, { provider: 'sqlite' })).not.toThrow()
  })

  it('a store without users says so', () => {
    const store = prismaStore(client, { user: null })
    expect(store.supports.users).toBe(false)
    const methods = ['getUser', 'getUserByUsername', 'createUser', 'updateUser', 'deleteUser']
    for (const name of [...methods, 'listUsers']) expect(store).not.toHaveProperty(name)
  })

  it('a schema with relationMode = "prisma" is refused', () => {
    const emulated = clientFor('mysql://root:test@127.0.0.1:1/none', { generated: 'emulated' })
    expect(() => prismaStore(emulated)).toThrow(TypeError)
    expect(() => prismaStore(emulated)).toThrow('The schema has relationMode = "prisma"')
  })

  it('have the defaults that their comments say', () => {
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
