import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { connect, migrationsTable, now } from './connect.js'
import type { Connection } from './connection.js'
import { explained } from './database.js'

const folder = path.join(import.meta.dirname, '../prisma/migrations')

/**
 * Applies the migrations that the database lacks, in order, and resolves with their names. It does
 * what `prisma migrate deploy` does, with the same lock and the same table, so that both can be used.
 * But it needs neither the package `prisma`, which is installed only for development, nor its engine.
 */
export async function migrate(): Promise<string[]> {
  await using connection = await connect().catch((error) => {
    throw explained(error)
  })
  await connection.lock()
  await connection.run(migrationsTable)
  const names = await missing(connection)
  for (const name of names) await apply(connection, name)
  return names
}

/** Returns the names of the migrations that the database lacks, in order. */
async function missing(connection: Connection): Promise<string[]> {
  const rows = await connection.query(
    'SELECT migration_name AS name, finished_at AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  const failed = rows.find(({ finished }) => finished === null)
  if (failed) {
    throw new Error(
      `The migration ${String(failed.name)} has failed before: repair the database, and run "npx prisma migrate resolve"`,
    )
  }
  const applied = new Set(rows.map(({ name }) => name))
  return readdirSync(folder)
    .filter((name) => existsSync(scriptOf(name)) && !applied.has(name))
    .toSorted()
}

async function apply(connection: Connection, name: string): Promise<void> {
  const script = readFileSync(scriptOf(name), 'utf8')
  const id = randomUUID()
  const checksum = createHash('sha256').update(script).digest('hex')
  await connection.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES (?, ?, ?, ${now})`,
    [id, checksum, name],
  )
  try {
    await connection.run(script)
  } catch (cause) {
    const { message } = cause as Error
    await connection.query('UPDATE _prisma_migrations SET logs = ? WHERE id = ?', [message, id])
    throw new Error(`The migration ${name} failed: ${message}`, { cause })
  }
  await connection.query(
    `UPDATE _prisma_migrations SET finished_at = ${now}, applied_steps_count = 1 WHERE id = ?`,
    [id],
  )
}

function scriptOf(name: string): string {
  return path.join(folder, name, 'migration.sql')
}
