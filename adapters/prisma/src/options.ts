import type { ModelNames, Provider } from './database'
import { emulatesRelations, isProvider, providerOf } from './generated-client'

/** Options of `prismaStore()`. Models go by the client's names: `oAuthCredential`, not `OAuthCredential`. */
export interface PrismaStoreOptions<
  Credential extends string = string,
  Client extends string = string,
  User extends string | null = string | null,
  RecordName extends string = string,
> {
  /** The model of grants, codes and tokens. @default 'oAuthCredential' */
  credential?: Credential
  /** The model of registered clients. @default 'oAuthClient' */
  client?: Client
  /** The model of the reference users; `null` = the application has its own. @default 'oAuthUser' */
  user?: User
  /** The model of short-lived records. @default 'oAuthRecord' */
  record?: RecordName
  /** Rows that are purged, or grants that are revoked, by one statement. @default 500 */
  batchSize?: number
  /** The provider of the datasource. @default the client's own */
  provider?: Provider
}

/** The defaults of `prismaStore()`. */
export const defaults = Object.freeze({
  credential: 'oAuthCredential',
  client: 'oAuthClient',
  user: 'oAuthUser',
  record: 'oAuthRecord',
  batchSize: 500,
} as const)

const known = [...Object.keys(defaults), 'provider']
const methods = ['findUnique', 'findMany', 'createMany', 'updateMany', 'deleteMany']

/** The options, complete and checked against the client. Throws a TypeError that says the fix. */
export function settingsOf(client: object, options: PrismaStoreOptions) {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`"${unknown}" is no option of prismaStore(); take ${known.join(', ')}`)
  }
  const { batchSize = defaults.batchSize, provider = providerOf(client) } = options
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    throw new TypeError('"batchSize" must be a whole number from 1 to 10000')
  }
  if (!isProvider(provider)) {
    throw new TypeError(
      `"provider" must be 'postgresql', 'mysql' (MariaDB too) or 'sqlite', and is ${String(provider)}`,
    )
  }
  if (emulatesRelations(client)) {
    throw new TypeError(
      'The schema has relationMode = "prisma", which leaves out the foreign keys by which a revocation wins over a rotation: take relationMode = "foreignKeys", its default',
    )
  }
  const { credential = defaults.credential, client: clients = defaults.client } = options
  const { user = defaults.user, record = defaults.record } = options
  const names: ModelNames = { credentials: credential, clients, users: user, records: record }
  assertModel(client, 'credential', credential)
  assertModel(client, 'client', clients)
  if (user !== null) assertModel(client, 'user', user)
  assertModel(client, 'record', record)
  return { names, batchSize, provider }
}

function assertModel(client: object, option: string, name: unknown): void {
  const model = typeof name === 'string' ? (client as Record<string, unknown>)[name] : undefined
  const isModel = methods.every(
    (method) => typeof (model as Record<string, unknown> | undefined)?.[method] === 'function',
  )
  if (isModel) return
  throw new TypeError(
    `"${option}" is ${JSON.stringify(name)}, and the client has no such model: copy oauth.prisma with "npx oauth2-kit prisma init" and run "npx prisma generate", or name your model`,
  )
}
