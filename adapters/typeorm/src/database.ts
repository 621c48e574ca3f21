import type { DataSource, EntityManager, QueryResult, QueryRunner } from 'typeorm'
import { withoutValues } from './errors'
import { retried } from './retry'
import type { Statement } from './sql'

/** How the store's statements reach the database. */
export interface Database {
  readonly dataSource: DataSource
  /** Whether a transaction of the caller's is under way, which the statements are part of. */
  isJoined(): boolean
  read<Row>(statement: Statement): Promise<Row[]>
  /** Runs one statement, again after a deadlock; returns the number of rows that it wrote. */
  write(statement: Statement): Promise<number>
  /** Runs one statement, again after a deadlock; returns the rows that it returns. */
  writeReturning<Row>(statement: Statement): Promise<Row[]>
  /** Runs statements of which all happen or none. */
  together(statements: Statement[]): Promise<void>
  /** Borrows a connection, and gives it back whatever happens. */
  using: <T>(work: (runner: QueryRunner) => Promise<T>) => Promise<T>
}

/** The database of a DataSource's manager, or what a transaction's manager sees of it. */
export function databaseOf(manager: EntityManager): Database {
  const { dataSource, queryRunner: joined } = manager
  const isJoined = () => joined?.isTransactionActive === true

  async function using<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    // The master's: a replica may not have heard of a revocation yet.
    const runner = joined ?? dataSource.createQueryRunner('master')
    try {
      return await work(runner)
    } catch (error) {
      if (!joined) await discardIfStuck(runner, error)
      throw withoutValues(error)
    } finally {
      if (!joined) await runner.release()
    }
  }

  function run([sql, values]: Statement): Promise<QueryResult> {
    return using((runner) => runner.query(sql, values, true))
  }

  /** A deadlock ends the transaction: one that was joined is for its owner to begin again. */
  function again<T>(work: () => Promise<T>): Promise<T> {
    return isJoined() ? work() : retried(work)
  }

  return {
    dataSource,
    isJoined,
    using,

    async read<Row>(statement: Statement) {
      const { records } = await run(statement)
      return records as Row[]
    },

    async write(statement) {
      const { affected = 0 } = await again(() => run(statement))
      return affected
    },

    async writeReturning<Row>(statement: Statement) {
      const { records } = await again(() => run(statement))
      return records as Row[]
    },

    together(statements) {
      return again(async () => {
        try {
          await manager.transaction(async ({ queryRunner }) => {
            for (const [sql, values] of statements) await queryRunner?.query(sql, values)
          })
        } catch (error) {
          throw withoutValues(error)
        }
      })
    },
  }
}

/**
 * A statement that has timed out on MySQL is still under way, and whoever got its connection next
 * would wait behind it for ever: the pool is to make another one.
 */
async function discardIfStuck(runner: QueryRunner, error: unknown): Promise<void> {
  if ((error as { code?: unknown }).code !== 'PROTOCOL_SEQUENCE_TIMEOUT') return
  const connection = (await runner.connect()) as { destroy(): void }
  connection.destroy()
}
