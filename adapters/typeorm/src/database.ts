import { retried } from '@oauth2-kit/core/store-kit'
import type { DataSource, EntityManager, QueryResult, QueryRunner } from 'typeorm'
import { dataSourceOf } from './data-source'
import { isTransient, withoutValues } from './errors'
import type { Statement } from './sql'

/** Runs the store's statements on the database. */
export interface Database {
  readonly dataSource: DataSource
  /** Returns whether the statements are part of a transaction of the caller. */
  isJoined(): boolean
  read<Row>(statement: Statement): Promise<Row[]>
  /**
   * Runs one statement, and repeats it after a deadlock. Resolves with the number of written rows.
   */
  write(statement: Statement): Promise<number>
  /**
   * Runs one statement, and repeats it after a deadlock. Resolves with the rows that it returns.
   */
  writeReturning<Row>(statement: Statement): Promise<Row[]>
  /** Runs statements in one transaction: either all of them happen, or none. */
  together(statements: Statement[]): Promise<void>
  /** Runs `work` with a connection, which is released in any case. */
  using: <T>(work: (runner: QueryRunner) => Promise<T>) => Promise<T>
}

/**
 * Returns the database of a manager. With the manager of a transaction, the statements are part of
 * that transaction.
 */
export function openDatabase(manager: EntityManager): Database {
  const dataSource = dataSourceOf(manager)
  const { queryRunner: joined } = manager
  const isJoined = () => joined?.isTransactionActive === true

  async function using<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    // Use the master: a replica may not have received a revocation yet.
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

  /**
   * Repeats the work after a deadlock. A deadlock ends the transaction, so only its owner can
   * repeat a transaction that the store has joined.
   */
  function again<T>(work: () => Promise<T>): Promise<T> {
    return isJoined() ? work() : retried(work, isTransient)
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
 * Destroys the connection after a timeout on MySQL, so that the pool opens another one. The
 * statement is still running, and the next user of the connection would wait for it forever.
 */
async function discardIfStuck(runner: QueryRunner, error: unknown): Promise<void> {
  if ((error as { code?: unknown }).code !== 'PROTOCOL_SEQUENCE_TIMEOUT') return
  const connection = (await runner.connect()) as { destroy(): void }
  connection.destroy()
}
