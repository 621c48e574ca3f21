import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'

const ada = { username: 'ada', password: 'a long password' }

/** Every function whose first argument is a store, with its other arguments. */
const functions: [string, ...unknown[]][] = [
  ['authenticateUser', 'ada', 'a long password'],
  ['createClient', { grantTypes: ['client_credentials'] }],
  ['createUser', ada],
  ['deleteClient', 'album'],
  ['deleteUser', 'ada'],
  ['getClient', 'album'],
  ['getUser', 'ada'],
  ['importGrants', []],
  ['listClients'],
  ['listUsers'],
  ['purge'],
  ['revokeGrants', { clientId: 'album' }],
  ['rotateClientSecret', 'album'],
  ['setPassword', 'ada', 'another password'],
  ['startPurge'],
  ['toModel'],
  ['toPromiseModel'],
  ['updateClient', 'album', {}],
]

const named = oauthserver as unknown as Record<string, (...args: unknown[]) => unknown>

/** Calls the function, and waits for its result or for all entries of its list. */
async function call(name: string, store: unknown, args: unknown[]): Promise<void> {
  const result: unknown = named[name]!(store, ...args)
  if (typeof (result as AsyncIterable<unknown>)[Symbol.asyncIterator] !== 'function') await result
  else for await (const _entry of result as AsyncIterable<unknown>);
}

describe.each(functions)('%s(store)', (name, ...args) => {
  it.each<[unknown, string]>([
    [undefined, 'must be a store, such as memoryStore(), but is undefined'],
    [null, 'must be a store, such as memoryStore(), but is null'],
    ['memory', 'must be a store, such as memoryStore(), but is "memory"'],
    [memoryStore, 'must be a store, such as memoryStore(), but is a function: call it'],
    [Promise.resolve(memoryStore()), 'but is a promise: await it'],
  ])('%p is a TypeError that says what to pass', async (store, problem) => {
    const calling = call(name, store, args)
    await expect(calling).rejects.toThrow(TypeError)
    await expect(calling).rejects.toThrow(`The first argument of ${name}() `)
    await expect(calling).rejects.toThrow(problem)
  })

  it('an object that is not a store is a TypeError', async () => {
    await expect(call(name, {}, args)).rejects.toThrow(/is not a store|keeps no users/)
  })
})

it('covers every function of the core that takes a store', () => {
  const others = [
    'assertStore',
    'createServer',
    'hashPassword',
    'verifyPassword',
    'withoutSecret',
    'keysFromFile',
  ]
  const inTable = functions.map(([name]) => name)
  const all = Object.keys(oauthserver).filter((name) => /^[a-z]/.test(name))
  expect(all.filter((name) => !others.includes(name)).toSorted()).toEqual(inTable)
})

describe('"store" and "model" of oauthserver()', () => {
  it.each(['store', 'model'])('%s is not the function that returns a store', (name) => {
    expect(() => oauthserver({ [name]: memoryStore } as never)).toThrow(
      new RegExp(`^"${name}" must be a store, .* but is a function: call it`),
    )
  })

  it('a function with the functions of a model is a model', () => {
    const model = Object.assign(() => {}, { getAccessToken() {} })
    expect(oauthserver({ model: model as never }).model).toBe(model)
  })
})
