import {
  type ConnectionSource,
  type SqlExecutor,
  type SqlResult,
  ignoreLostConnections,
} from '@oauth2-kit/sql'
import type { EntityManager, QueryRunner } from 'typeorm'
import { dataSourceOf } from './data-source'
import { dialectOf } from './types'

/**
 * Returns what runs the statements of the store on a manager. With the manager of a transaction,
 * they are part of that transaction.
 */
export function executorOf(manager: EntityManager): SqlExecutor {
  const dataSource = dataSourceOf(manager)
  const { driver, options } = dataSource
  const { queryRunner: joined } = manager

  /** TypeORM opens its pool when the DataSource is initialized, so the pool may not exist before the first statement. */
  function listenToPool(): void {
    if (options.type !== 'postgres') return
    const { master } = driver as { master?: ConnectionSource }
    if (master) ignoreLostConnections(master)
  }

  async function query(text: string, values: readonly unknown[]): Promise<SqlResult> {
    listenToPool()
    // Use the master: a replica may not have received a revocation yet.
    const runner = joined ?? dataSource.createQueryRunner('master')
    try {
      const { records, affected = 0 } = await runner.query(text, [...values], true)
      return { rows: (records ?? []) as SqlResult['rows'], affected }
    } catch (error) {
      if (!joined) await discardIfStuck(runner, error)
      throw error
    } finally {
      if (!joined) await runner.release()
    }
  }

  return {
    dialect: dialectOf(dataSource),
    query,
    transaction(work) {
      listenToPool()
      return manager.transaction((own) => work(executorOf(own)))
    },
    isJoined: () => joined?.isTransactionActive === true,
    placeholder: (index) => driver.createParameter('', index),
    inMemory:
      options.type === 'sqljs' ||
      (options.type === 'better-sqlite3' && options.database === ':memory:'),
    interpolates: options.type === 'mysql' || options.type === 'mariadb',
  }
}

/**
 * Closes the connection after a timeout, so that the pool opens another one. The statement is still
 * running, and the next user of the connection would wait for it forever.
 */
async function discardIfStuck(runner: QueryRunner, error: unknown): Promise<void> {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (code === 'PROTOCOL_SEQUENCE_TIMEOUT') {
    const connection = (await runner.connect()) as { destroy(): void }
    connection.destroy()
  } else if (message === 'Query read timeout') {
    const connection = (await runner.connect()) as { end(): Promise<void> }
    // The pool of pg does not use a connection again that is ending.
    void connection.end().catch(() => {})
  }
}
