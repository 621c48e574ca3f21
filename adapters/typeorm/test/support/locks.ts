import type { DataSource, EntityManager } from 'typeorm'
import { untilLockIsAwaited } from '../../../../test/support/lock-waits'

/** Waits until a statement of another session waits for a lock. */
export function lockIsAwaited(source: DataSource | EntityManager): Promise<void> {
  const { dataSource } = 'dataSource' in source ? source : source.manager
  const engine = dataSource.options.type === 'postgres' ? 'postgres' : 'mariadb'
  return untilLockIsAwaited(engine, (sql) => dataSource.query(sql))
}
