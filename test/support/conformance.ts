import { hash } from 'node:crypto'
import {
  type ConformanceOptions,
  type Context,
  type Created,
  type Fixtures,
  cases,
  describeConformance,
} from '@oauth2-kit/conformance'
import {
  type Passwords,
  type Store,
  createClient,
  createUser,
  toPromiseModel,
} from '@oauth2-kit/core'
import { allRun } from './growth'

/** A fast hash: these tests check thousands of wrong secrets. */
const passwords: Passwords = {
  hash: async (text) => sha256(text),
  verify: async (text, hashed) => sha256(text) === hashed,
}

function sha256(text: string): string {
  return `sha256:${hash('sha256', text)}`
}

const grantTypes = ['authorization_code', 'refresh_token', 'password', 'client_credentials']

/** The cases that the contract of promise models has. */
const offered = cases()
  .filter(({ models }) => models?.promise)
  .map(({ id }) => id)

/**
 * Those that depend most on the store. The others check the code of the model, which is the same on
 * every store. Races of many callers, in two processes, are in `promise-model.db.test.ts`.
 */
const dependent = /^(?:once\.\w+\.(?:loser|barrier)|fault\..+)$/
const offeredOnDatabases = offered.filter((id) => dependent.test(id))

function isInMemory({ without = [] }: ConformanceOptions): boolean {
  return without.includes('database')
}

type Create = (context: Context) => Created | Promise<Created>

/**
 * The cases in which the database and its client count most. The others check what is the same on
 * every database of a store.
 */
const ofDatabases = [
  'shape',
  'fault',
  'record',
  'life',
  'schema',
  'once.*.barrier',
  'once.*.loser',
  'value.large',
  'value.data',
]

/**
 * Runs the suite on a store. Runs it on the promise model that `toPromiseModel` makes of it too if the
 * store is in memory: `npm run test:all` does so on every database.
 */
export function describeStore(options: ConformanceOptions): void {
  describeConformance(options)
  if (allRun || isInMemory(options)) describeConformance(promiseModelOptions(options))
}

/**
 * Runs only a part of the suite, on a database of a store that runs the whole suite on another one.
 * `npm run test:all` runs the whole suite on each database.
 */
export function describeOtherDatabase(options: ConformanceOptions): void {
  if (allRun) describeStore(options)
  else describeConformance({ ...options, only: ofDatabases })
}

/** Returns what creates the promise model of each store. */
function modelOf(create: Create): (context: Context) => Promise<Created> {
  return async (context) => {
    const created = await create(context)
    // A busy machine may take long; the stores have their own limits.
    const model = toPromiseModel(created.store!, { passwords, storeTimeout: 60_000 })
    return { model, close: () => created.close?.() }
  }
}

/** Returns the options that check the promise model of a store, from those that check the store. */
function promiseModelOptions(options: ConformanceOptions): ConformanceOptions {
  const { raw } = options
  return {
    ...options,
    name: `toPromiseModel() on ${options.name}`,
    contract: 'promise',
    only: isInMemory(options) ? offered : offeredOnDatabases,
    // The model leaves the generation of tokens to the server.
    without: [...(options.without ?? []), 'generateAccessToken'],
    create: modelOf((context) => options.create(context)),
    ...(raw?.dump && { raw: { dump: (context) => raw.dump!(context) } }),
    async seed(data, context) {
      const created = await options.create(context)
      try {
        return await seeded(created.store!, data)
      } finally {
        await created.close?.()
      }
    },
  }
}

async function seeded(store: Store, data: Fixtures): Promise<object> {
  for (const { id, secret, redirectUri } of [data.client, data.otherClient])
    await createClient(
      store,
      { id, secret, redirectUris: [redirectUri!], grantTypes, scopes: ['read', 'write'] },
      { passwords },
    )
  const made = []
  for (const { username, password } of [data.user, data.otherUser!])
    made.push(await createUser(store, { username, password }, { passwords }))
  return { user: { id: made[0]!.id }, otherUser: { id: made[1]!.id } }
}
