import { closeSync, existsSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type libsql from 'libsql'
import type * as mysql2 from 'mysql2/promise'
import type * as pg from 'pg'
import { betterSqlite3Store } from './bindings/better-sqlite3'
import { mysql2Store } from './bindings/mysql2'
import { pgStore } from './bindings/pg'
import type { SchemaOptions } from './migrations'
import type { SqlStore } from './sql-store'

/** The URL of a database, or what is installed for it, is wrong. */
export class UrlError extends Error {}

/** A store, and how to close its connection. */
export interface OpenStore {
  store: SqlStore
  close(): Promise<unknown>
}

/** How a database is opened. */
interface Opening {
  /** The folder of the application, whose clients are used. */
  cwd: string
  /** Whether a file may be created. */
  mayCreate: boolean
  /** Called with the path of a file that is created. */
  created: (file: string) => void
  options: SchemaOptions
}

/** How long to wait for a connection, in milliseconds. */
const patience = 10_000
/** How long a statement may take, in milliseconds. A migration may rewrite a large table. */
const longest = 24 * 3600 * 1000

const databases = new Map<string, (url: string, opening: Opening) => OpenStore>([
  ['postgres', postgres],
  ['postgresql', postgres],
  ['mysql', mysql],
  ['mariadb', mysql],
  ['file', sqlite],
])

/** Opens the store at a URL, with the client of the application. */
export function openUrl(url: string, opening: Opening): OpenStore {
  const open = databases.get(url.slice(0, url.indexOf(':')))
  // Not the URL itself, which may contain a password.
  if (!open) throw new UrlError('the URL must begin with postgres:, mysql:, mariadb: or file:')
  return open(url, opening)
}

function postgres(connectionString: string, { cwd, options }: Opening): OpenStore {
  const { Pool } = clientOf(cwd, 'pg') as typeof pg
  const pool = new Pool({ connectionString, connectionTimeoutMillis: patience })
  // The query that it interrupts reports the error, too.
  pool.on('error', () => {})
  return { store: pgStore(pool, options), close: () => pool.end() }
}

function mysql(uri: string, { cwd, options }: Opening): OpenStore {
  const { createPool } = clientOf(cwd, 'mysql2/promise') as typeof mysql2
  const pool = createPool({ uri, connectTimeout: patience })
  return { store: mysql2Store(pool, { ...options, timeout: longest }), close: () => pool.end() }
}

function sqlite(url: string, { cwd, mayCreate, created, options }: Opening): OpenStore {
  const file = url.startsWith('file://')
    ? fileURLToPath(url)
    : path.resolve(cwd, url.slice('file:'.length))
  if (!existsSync(file)) {
    if (!mayCreate) throw new UrlError(`there is no file ${file}`)
    if (!existsSync(path.dirname(file)))
      throw new UrlError(`there is no folder ${path.dirname(file)}`)
    // Only its owner may read it. The files that SQLite adds have the same mode.
    closeSync(openSync(file, 'a', 0o600))
    created(file)
  }
  const Database = clientOf(cwd, 'better-sqlite3', 'libsql') as typeof libsql
  const database = new Database(file, { timeout: patience })
  database.exec('PRAGMA foreign_keys = ON')
  return { store: betterSqlite3Store(database, options), close: async () => database.close() }
}

/** Loads a client of the application: the first one that is installed. */
function clientOf(cwd: string, ...names: string[]): unknown {
  const load = createRequire(path.join(cwd, 'package.json'))
  const name = names.find((one) => isInstalled(load, one))
  if (name !== undefined) return load(name) as unknown
  const packages = names.map((one) => one.replace(/\/.*/, '')).join(' or ')
  throw new UrlError(`this database needs the package ${packages}: install it in this project`)
}

function isInstalled(load: NodeJS.Require, name: string): boolean {
  try {
    load.resolve(name)
    return true
  } catch {
    return false
  }
}
