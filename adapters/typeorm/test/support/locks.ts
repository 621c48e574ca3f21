import type { DataSource, EntityManager } from 'typeorm'

/** Waits until a statement of another session waits for a lock. */
export async function lockIsAwaited(source: DataSource | EntityManager): Promise<void> {
  const { dataSource } = 'dataSource' in source ? source : source.manager
  const waiting =
    dataSource.options.type === 'postgres'
      ? `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
      : `SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'`
  while ((await dataSource.query(waiting)).length === 0) {
    // InnoDB looks anew only where nobody has asked for a tenth of a second.
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}
