import {
  OptionError,
  type Rules,
  optionError,
  readOptions,
  wholeNumber,
  anything,
} from '@oauth2-kit/core/store-kit'
import type { ModelNames, Provider } from './database'
import { emulatesRelations, isProvider, providerOf } from './generated-client'

/**
 * Options of `prismaStore()`. Models are named by the properties of the client: `oAuthCredential`,
 * not `OAuthCredential`.
 */
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
  /** The model of users. `null` means that the application has its own. @default 'oAuthUser' */
  user?: User
  /** The model of short-lived records. @default 'oAuthRecord' */
  record?: RecordName
  /** How many rows one statement purges, or how many grants it revokes. @default 500 */
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

const methods = ['findUnique', 'findMany', 'createMany', 'updateMany', 'deleteMany']

// readStoreOptions() checks whether the client has these models.
const rules: Rules<PrismaStoreOptions> = {
  credential: anything,
  client: anything,
  user: anything,
  record: anything,
  batchSize: wholeNumber(1, 10_000),
  provider: anything,
}

/** Reads the options and checks them against the client. Throws an OptionError if one is wrong. */
export function readStoreOptions(prisma: object, options: PrismaStoreOptions) {
  const {
    credential,
    client,
    user,
    record,
    batchSize,
    provider = providerOf(prisma),
  } = readOptions(options, rules, { of: 'prismaStore()', defaults })
  if (!isProvider(provider)) {
    throw optionError(
      'provider',
      `must be 'postgresql', 'mysql' (also for MariaDB) or 'sqlite', but is ${String(provider)}`,
    )
  }
  if (emulatesRelations(prisma)) {
    throw new OptionError(
      'prisma',
      'The schema has relationMode = "prisma", which creates no foreign keys, so that a rotation can outlive the revocation of its grant: set relationMode = "foreignKeys", the default',
    )
  }
  const names: ModelNames = {
    credentials: credential,
    clients: client,
    users: user,
    records: record,
  }
  assertModel(prisma, 'credential', credential)
  assertModel(prisma, 'client', client)
  if (user !== null) assertModel(prisma, 'user', user)
  assertModel(prisma, 'record', record)
  return { names, batchSize, provider }
}

function assertModel(client: object, option: string, name: unknown): void {
  const model = typeof name === 'string' ? (client as Record<string, unknown>)[name] : undefined
  const isModel = methods.every(
    (method) => typeof (model as Record<string, unknown> | undefined)?.[method] === 'function',
  )
  if (isModel) return
  throw optionError(
    option,
    `is ${JSON.stringify(name)}, and the client has no such model: copy oauth.prisma with "npx oauth2-kit prisma init" and run "npx prisma generate", or set the option to the name of your model`,
  )
}
