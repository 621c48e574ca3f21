import type { DataSource } from 'typeorm'

/** MariaDB's default of 128 MB holds an eighth of a million credentials: beyond, the disk is measured. */
export const bufferPoolGb = 2

/**
 * What keeps PostgreSQL's statistics true. By one process: those that help it need more shared memory
 * than a container has by default.
 */
export const vacuum = 'VACUUM (ANALYZE, PARALLEL 0)'

/** Gives a MariaDB server memory for a million credentials. */
export async function enlargeBufferPool(dataSource: DataSource): Promise<void> {
  await dataSource.query(`SET GLOBAL innodb_buffer_pool_size = ${bufferPoolGb * 1024 ** 3}`)
}
