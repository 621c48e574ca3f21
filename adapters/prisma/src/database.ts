import { withCode } from '@oauth2-kit/core/store-kit'
import { setTimeout as pause } from 'node:timers/promises'
import { isTransient, withoutValues } from './errors'
import type { Models } from './schema'

/** The providers that the store was proved on; MySQL stands for MariaDB as well. */
export type Provider = 'postgresql' | 'mysql' | 'sqlite'

/** The names of the four models, as the client has them; `null` = none exists. */
export interface ModelNames {
  credentials: string
  clients: string
  users: string | null
  records: string
}

/** What a client has besides its models, where it has it. */
interface Client {
  $connect?: unknown
  $transaction?: <T>(run: (inner: Client) => Promise<T>) => Promise<T>
}

/** The user's client, and how to ask it. */
export interface Database {
  client: object
  names: ModelNames
  /** Whether the client is that of a transaction of the user's: nothing is committed before it ends. */
  inTransaction: boolean
  /**
   * For inserts: on PostgreSQL a refused INSERT costs a connection, so there it is to refuse nothing,
   * and what it returns tells. Elsewhere that would pass over other failures too, or is missing.
   */
  orSkip: { skipDuplicates?: true }
  /** How many rows `purge` may name in one statement, twice: Prisma gives SQLite 999 values. */
  mostNamed: number
  /**
   * Asks, and again where the database broke off, a bounded number of times. Rejects with an error
   * that has no values in it.
   */
  ask: <T>(question: (models: Models) => PromiseLike<T>) => Promise<T>
  /** Like `ask`, for what may be refused: the user's transaction outlives it. */
  attempt: <T>(write: (models: Models) => PromiseLike<T>) => Promise<T>
  /** Undoes everything that was done in it, and returns what came of it. */
  rehearse: <T>(act: (models: Models) => PromiseLike<T>) => Promise<T>
}

// One retry policy for all SQL stores: full jitter, so that those who collided don't meet again.
const attempts = 20
const longestPauseMs = 200

/** What the store knows of a client. */
export function openDatabase(given: object, names: ModelNames, provider: Provider): Database {
  const client = given as Client
  // Inside a transaction there is no connecting, and what breaks off has undone all of it.
  const inTransaction = typeof client.$connect !== 'function'
  const models = modelsOf(client, names)
  const tries = inTransaction ? 1 : attempts

  async function ask<T>(question: (models: Models) => PromiseLike<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await question(models)
      } catch (error) {
        if (attempt >= tries || !isTransient(error)) throw withoutValues(error)
        await pause(Math.random() * Math.min(longestPauseMs, 5 * 2 ** attempt))
      }
    }
  }

  async function savepoint<T>(write: (models: Models) => PromiseLike<T>): Promise<T> {
    if (!client.$transaction) return ask(write)
    try {
      return await client.$transaction(async (inner) => write(modelsOf(inner, names)))
    } catch (error) {
      throw withoutValues(error)
    }
  }

  async function rehearse<T>(act: (models: Models) => PromiseLike<T>): Promise<T> {
    const undo = new Error('Undone on purpose')
    let result: { value: T } | undefined
    await ask(async () =>
      client.$transaction?.(async (inner) => {
        result = { value: await act(modelsOf(inner, names)) }
        throw undo
      }),
    ).catch((error: unknown) => {
      if (error !== undo) throw error
    })
    if (!result) throw withCode('OAUTH2_KIT_STORE', new TypeError('The client has no $transaction'))
    return result.value
  }

  return {
    client,
    names,
    inTransaction,
    orSkip: provider === 'postgresql' ? { skipDuplicates: true } : {},
    mostNamed: provider === 'sqlite' ? 490 : 10_000,
    ask,
    attempt: inTransaction ? savepoint : ask,
    rehearse,
  }
}

function modelsOf(client: object, names: ModelNames): Models {
  const all = client as Record<string, unknown>
  return {
    credentials: all[names.credentials],
    clients: all[names.clients],
    users: names.users === null ? undefined : all[names.users],
    records: all[names.records],
  } as Models
}
