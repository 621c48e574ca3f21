import { redisNodes } from '@oauth2-kit/conformance/databases'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { Pool } from 'pg'
import { type Database, databaseConnections } from './setup'

export { redisNodes }

/** A row of a model of a peer, by the names of its columns. A column without a value is left out. */
export type Row = Readonly<Record<string, string | Date | undefined>>

/** A database as the models of the peers use it: every method is one statement. */
export interface Tables {
  insert(table: string, row: Row): Promise<void>
  find(table: string, column: string, value: string): Promise<Row | undefined>
  /** Resolves with whether there was a row. */
  remove(table: string, column: string, value: string): Promise<boolean>
}

/** A table: its columns, and those by which rows are found. A column `..._at` is a time. */
export interface TableOfModel {
  name: string
  columns: readonly string[]
  /** The first one is the primary key. */
  keys: readonly string[]
}

/** Creates the tables in an empty database. */
export async function openTables(
  database: Database,
  url: string,
  tables: readonly TableOfModel[],
): Promise<Tables> {
  if (database === 'postgres') return inPostgres(url, tables)
  return database === 'mongodb' ? inMongo(url, tables) : inRedis(url, tables)
}

async function inPostgres(url: string, tables: readonly TableOfModel[]): Promise<Tables> {
  const pool = new Pool({ connectionString: url, max: databaseConnections })
  for (const { name, columns, keys } of tables) {
    const list = columns.map((column) => `${column} ${typeOf(column)}`).join(', ')
    await pool.query(`CREATE TABLE ${name} (${list}, PRIMARY KEY (${keys[0]}))`)
    for (const key of keys.slice(1)) await pool.query(`CREATE UNIQUE INDEX ON ${name} (${key})`)
  }
  return {
    async insert(table, row) {
      const names = Object.keys(row)
      const places = names.map((_, at) => `$${at + 1}`)
      const text = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})`
      await pool.query({
        name: `insert-${table}-${names.length}`,
        text,
        values: Object.values(row),
      })
    },
    async find(table, column, value) {
      const text = `SELECT * FROM ${table} WHERE ${column} = $1`
      const { rows } = await pool.query({ name: `find-${table}-${column}`, text, values: [value] })
      return (rows as Row[])[0]
    },
    async remove(table, column, value) {
      const text = `DELETE FROM ${table} WHERE ${column} = $1`
      const name = `remove-${table}-${column}`
      const { rowCount } = await pool.query({ name, text, values: [value] })
      return rowCount === 1
    },
  }
}

async function inMongo(url: string, tables: readonly TableOfModel[]): Promise<Tables> {
  const client = await new MongoClient(url, {
    maxPoolSize: databaseConnections,
    // That of this project.
    writeConcern: { w: 'majority', journal: true },
  }).connect()
  const db = client.db('peer')
  for (const { name, keys } of tables)
    await db
      .collection(name)
      .createIndexes(keys.map((key) => ({ key: { [key]: 1 }, unique: true, sparse: true })))
  return {
    async insert(table, row) {
      await db.collection(table).insertOne({ ...row })
    },
    async find(table, column, value) {
      const found = await db.collection(table).findOne({ [column]: value })
      return found ?? undefined
    },
    async remove(table, column, value) {
      const { deletedCount } = await db.collection(table).deleteOne({ [column]: value })
      return deletedCount === 1
    },
  }
}

async function inRedis(url: string, tables: readonly TableOfModel[]): Promise<Tables> {
  const redis = new Redis({ ...redisNodes(url)[0], commandTimeout: 10_000 })
  const keysOf = new Map(tables.map(({ name, keys }) => [name, keys]))
  return {
    async insert(table, row) {
      const text = JSON.stringify(row)
      const last = Object.entries(row).map(([name, value]) => (isTime(name) ? Number(value) : 0))
      const expiry = Math.max(0, ...last)
      const pipeline = redis.pipeline()
      for (const column of keysOf.get(table)!) {
        if (row[column] === undefined) continue
        const key = keyOf(table, column, row[column])
        if (expiry > 0) pipeline.set(key, text, 'PXAT', expiry)
        else pipeline.set(key, text)
      }
      await pipeline.exec()
    },
    async find(table, column, value) {
      const text = await redis.get(keyOf(table, column, value))
      return text === null ? undefined : (JSON.parse(text, revived) as Row)
    },
    async remove(table, column, value) {
      return (await redis.del(keyOf(table, column, value))) === 1
    },
  }
}

function isTime(column: string): boolean {
  return column.endsWith('_at')
}

function typeOf(column: string): string {
  return isTime(column) ? 'timestamptz' : 'text'
}

function keyOf(table: string, column: string, value: unknown): string {
  return `${table}:${column}:${String(value)}`
}

function revived(column: string, value: unknown): unknown {
  return isTime(column) ? new Date(String(value)) : value
}
