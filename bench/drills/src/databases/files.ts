import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '@libsql/client'
import type { Database } from './database'

/** A SQLite file, with a URL as the store of the provider takes it. */
export async function sqlite(scheme: 'file' | 'sqlite'): Promise<Database> {
  const folder = await mkdtemp(path.join(tmpdir(), 'oauth2-kit-drill-'))
  const file = path.join(folder, 'oauth.sqlite')
  const database = createClient({ url: `file:${file}` })
  await database.execute('PRAGMA journal_mode = WAL')
  const { rows } = await database.execute('SELECT sqlite_version() AS version')
  database.close()
  return {
    description: `SQLite ${rows[0]?.version as string}, write-ahead log`,
    url: () => `${scheme}:${file}`,
    close: () => rm(folder, { recursive: true }),
  }
}

/** No database: the provider's memory. */
export async function nothing(): Promise<Database> {
  return { description: 'the memory of the process', url: () => '', close: async () => {} }
}
