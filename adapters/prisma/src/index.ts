import type { Store } from '@oauth2-kit/core'
import { openDatabase } from './database'
import { type PrismaStoreOptions, type defaults, readStoreOptions } from './options'
import { primaryOf } from './primary'
import type { ClientModel, CredentialModel, RecordModel, UserModel } from './schema'
import { createStore } from './store'

export { type InitIo, init } from './init'
export type { PrismaStoreOptions } from './options'
export type {
  ClientModel,
  ClientRow,
  CredentialModel,
  CredentialRow,
  Fields,
  RecordModel,
  RecordRow,
  UserModel,
  UserRow,
} from './schema'

/** A store on Prisma. With `user: null`, it keeps no users. */
export type PrismaStore<User extends string | null = string> = User extends null
  ? Store
  : Required<Store>

/** A client that has these models: a generated or extended client, or that of a transaction. */
export type PrismaClientWith<
  Credential extends string,
  Client extends string,
  User extends string | null,
  RecordName extends string = typeof defaults.record,
> = Record<Credential, CredentialModel> &
  Record<Client, ClientModel> &
  Record<RecordName, RecordModel> &
  (User extends string ? Record<User, UserModel> : unknown)

/**
 * Returns a store in the database of a Prisma client. The store uses the client, but never
 * connects, disconnects or changes it. If the client has an extension for read replicas, the store
 * uses its primary. The client must have the models of `oauth.prisma`, under any names. Throws a
 * TypeError if an option or the schema is wrong.
 */
export function prismaStore<
  const Credential extends string = typeof defaults.credential,
  const Client extends string = typeof defaults.client,
  const User extends string | null = typeof defaults.user,
  const RecordName extends string = typeof defaults.record,
>(
  // The types of the names are inferred from the options alone, not from the members of the client.
  prisma: PrismaClientWith<
    NoInfer<Credential>,
    NoInfer<Client>,
    NoInfer<User>,
    NoInfer<RecordName>
  >,
  options: PrismaStoreOptions<Credential, Client, User, RecordName> = {},
): PrismaStore<User> {
  const client = primaryOf(prisma)
  const { names, batchSize, provider } = readStoreOptions(client, options)
  return createStore(openDatabase(client, names, provider), batchSize) as PrismaStore<User>
}
