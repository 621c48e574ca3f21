import type { DataSource } from 'typeorm'

/**
 * In gigabytes. MariaDB's default of 128 MB holds 125,000 credentials; beyond that, the disk would
 * be measured.
 */
export const bufferPoolGb = 2

/**
 * Updates PostgreSQL's statistics. It uses a single process, because parallel workers need more
 * shared memory than a container has by default.
 */
export const vacuum = 'VACUUM (ANALYZE, PARALLEL 0)'

/** Configures a MariaDB server with enough memory for a million credentials. */
export async function enlargeBufferPool(dataSource: DataSource): Promise<void> {
  await dataSource.query(`SET GLOBAL innodb_buffer_pool_size = ${bufferPoolGb * 1024 ** 3}`)
}
