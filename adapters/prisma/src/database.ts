import { retried, withCode } from '@oauth2-kit/core/store-kit'
import { isTransient, withoutValues } from './errors'
import type { Models } from './schema'

/** The providers that the store is tested with. MySQL includes MariaDB. */
export type Provider = 'postgresql' | 'mysql' | 'sqlite'

/** The names of the four models on the client. `null` means that the store keeps no users. */
export interface ModelNames {
  credentials: string
  clients: string
  users: string | null
  records: string
}

/** The members that a client may have besides its models. */
interface Client {
  $connect?: unknown
  $transaction?: <T>(
    run: (inner: Client) => Promise<T>,
    options?: { maxWait: number; timeout: number },
  ) => Promise<T>
}

/**
 * The milliseconds that a rehearsal waits for a connection, and that it may take then. Without them,
 * the options of the client apply, by default 2 and 5 seconds. Those are for transactions that hold
 * locks while others wait, and a slow database would be reported as away. Nobody waits for the rows
 * of a rehearsal.
 */
const rehearsalLimits = { maxWait: 30_000, timeout: 60_000 }

/** The caller's client, and functions that run queries on it. */
export interface Database {
  client: object
  names: ModelNames
  /**
   * Whether the client is that of a transaction of the caller, which commits nothing before it
   * ends.
   */
  inTransaction: boolean
  /**
   * Options for inserts. On PostgreSQL a refused INSERT costs a connection, so duplicates are
   * skipped there, and the result shows what was inserted. On other databases the option is
   * missing, or would hide other failures too.
   */
  orSkip: { skipDuplicates?: true }
  /**
   * The maximum number of rows whose ids `purge` passes in one statement. Each id is passed twice,
   * and Prisma allows 999 values on SQLite.
   */
  mostNamed: number
  /**
   * Runs a query. If the database aborts it, repeats it a bounded number of times. Rejects with an
   * error that contains no values.
   */
  ask: <T>(question: (models: Models) => PromiseLike<T>) => Promise<T>
  /**
   * Like `ask`, for a write that may be refused. A transaction of the caller survives the refusal.
   */
  attempt: <T>(write: (models: Models) => PromiseLike<T>) => Promise<T>
  /** Runs `act` in a transaction that is rolled back. Resolves with the result of `act`. */
  rehearse: <T>(act: (models: Models) => PromiseLike<T>) => Promise<T>
}

/** Returns the functions that run queries on a client. */
export function openDatabase(given: object, names: ModelNames, provider: Provider): Database {
  const client = given as Client
  // The client of a transaction has no $connect. Nothing is repeated there, because an aborted
  // query has undone the whole transaction.
  const inTransaction = typeof client.$connect !== 'function'
  const models = modelsOf(client, names)

  /** Runs a query, and rejects with an error that contains no values. */
  async function once<T>(question: (models: Models) => PromiseLike<T>): Promise<T> {
    try {
      return await question(models)
    } catch (error) {
      throw withoutValues(error)
    }
  }

  function ask<T>(question: (models: Models) => PromiseLike<T>): Promise<T> {
    return inTransaction ? once(question) : retried(() => once(question), isTransient)
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
    const undo = new Error('Rolled back on purpose')
    let result: { value: T } | undefined
    await ask(async () =>
      client.$transaction?.(async (inner) => {
        result = { value: await act(modelsOf(inner, names)) }
        throw undo
      }, rehearsalLimits),
    ).catch((error: unknown) => {
      if (error !== undo) throw error
    })
    if (!result) {
      throw withCode(
        'OAUTH2_KIT_STORE',
        new TypeError('The client has no $transaction: call check() outside of a transaction'),
      )
    }
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
