import type { DataSource, EntityManager, QueryRunner } from 'typeorm'

/** Returns the DataSource of a manager or a query runner, which TypeORM 0.3 calls `connection`. */
export function dataSourceOf(owner: EntityManager | QueryRunner): DataSource {
  const { dataSource, connection } = owner as { dataSource?: DataSource; connection?: DataSource }
  return (dataSource ?? connection)!
}
