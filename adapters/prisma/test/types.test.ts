import type { Store } from '@oauth2-kit/core'
import { prismaStore } from '@oauth2-kit/prisma'
import { readReplicas } from '@prisma/extension-read-replicas'
import type { PrismaClient as Lacking } from './generated/lacking/client'
import type { PrismaClient as Mysql } from './generated/mysql/client'
import type { PrismaClient as Postgresql } from './generated/postgresql/client'
import type { PrismaClient as Sqlite } from './generated/sqlite/client'

// Type tests of generated clients: `npm run typecheck` is the test, nothing here is run.
declare const postgresql: Postgresql
declare const mysql: Mysql
declare const sqlite: Sqlite
declare const lacking: Lacking

const renamed = {
  credential: 'apiGrant',
  client: 'apiApp',
  user: 'apiPerson',
  record: 'apiRecord',
} as const

function clientsOfEveryProvider() {
  const stores: Required<Store>[] = [
    prismaStore(postgresql),
    prismaStore(mysql),
    prismaStore(sqlite),
  ]
  const byOtherNames: Required<Store>[] = [
    prismaStore(postgresql, renamed),
    prismaStore(mysql, renamed),
    prismaStore(sqlite, { credential: 'apiGrant', client: 'apiApp', user: 'apiPerson' }),
    prismaStore(postgresql, { client: 'apiApp', batchSize: 100 }),
  ]
  return { stores, byOtherNames }
}

function withoutUsers() {
  const store: Store = prismaStore(mysql, { user: null })
  // @ts-expect-error -- the store may have no users
  const users: Required<Store> = prismaStore(mysql, { user: null })
  return { store, users }
}

function insideTransactions() {
  return Promise.all([
    postgresql.$transaction(async (inner) => prismaStore(inner).find('')),
    mysql.$transaction(async (inner) => prismaStore(inner, renamed).find('')),
    sqlite.$transaction(async (inner) => prismaStore(inner, { user: null }).find('')),
  ])
}

function logged<Args, Result>({ args, query }: { args: Args; query: (args: Args) => Result }) {
  return query(args)
}

function extended() {
  const clients = {
    postgresql: postgresql.$extends({ query: { $allOperations: logged } }),
    mysql: mysql.$extends({ result: { oAuthClient: { label: { compute: () => 'label' } } } }),
    sqlite: sqlite.$extends({ model: { $allModels: { hello: () => 'hello' } } }),
  }
  const stores: Required<Store>[] = [
    prismaStore(clients.postgresql),
    prismaStore(clients.mysql, { batchSize: 9 }),
    prismaStore(clients.sqlite, renamed),
  ]
  const transactions = [
    clients.postgresql.$transaction(async (inner) => prismaStore(inner).find('')),
    clients.mysql.$transaction(async (inner) => prismaStore(inner).find('')),
  ]
  return { stores, transactions }
}

/** The options of clients whose results have fewer fields by default. */
interface Omitting {
  omit: { oAuthCredential: { data: true }; oAuthUser: { passwordHash: true } }
}
declare const omitting: Postgresql<never, Omitting['omit']>

function omittingClients() {
  const stores: Required<Store>[] = [
    prismaStore(omitting),
    prismaStore(omitting.$extends({ query: { $allOperations: logged } })),
  ]
  return { stores, inner: omitting.$transaction(async (inner) => prismaStore(inner).find('')) }
}

function clientsWithReplicas() {
  const store: Required<Store> = prismaStore(
    postgresql.$extends(readReplicas({ replicas: [postgresql] })),
  )
  return store
}

function wrongModels() {
  return [
    // @ts-expect-error -- unknown model
    prismaStore(postgresql, { credential: 'oauthCredential' }),
    // @ts-expect-error -- unknown model
    prismaStore(mysql, { client: 'client' }),
    // @ts-expect-error -- unknown model
    prismaStore(sqlite, { user: 'user' }),
    // @ts-expect-error -- the model exists, but has other fields
    prismaStore(postgresql, { credential: 'album' }),
    // @ts-expect-error -- the model exists, but has other fields
    prismaStore(sqlite, { user: 'oAuthClient' }),
    // @ts-expect-error -- the model exists, but has other fields
    prismaStore(sqlite, { record: 'oAuthUser' }),
    // @ts-expect-error -- unknown model
    prismaStore(mysql, { record: 'oauthRecord' }),
    // @ts-expect-error -- the model lacks a field
    prismaStore(lacking),
    // @ts-expect-error -- not a client
    prismaStore({}),
    // @ts-expect-error -- unknown option
    prismaStore(postgresql, { models: {} }),
    // @ts-expect-error -- unsupported provider
    prismaStore(postgresql, { provider: 'sqlserver' }),
  ]
}

it('accepts generated clients of every provider, and no wrong model', () => {
  const checked = [
    clientsOfEveryProvider,
    withoutUsers,
    insideTransactions,
    extended,
    omittingClients,
    clientsWithReplicas,
    wrongModels,
  ]
  expect(checked).toHaveLength(7)
})
