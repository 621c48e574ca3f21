import { createHash } from 'node:crypto'
import type { Client, Credential, Grant, NewCredential } from '@oauth2-kit/core'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'

/** The queries that a program would send with only the driver: not prepared, over a pool. */
export interface ByHand {
  find(hash: string): Promise<unknown>
  /** A plain INSERT. */
  insert(grant: Grant, credentials: NewCredential[]): Promise<unknown>
  /** An INSERT that checks the client and the user in the same statement. */
  issue(grant: Grant, credentials: NewCredential[], client: Client): Promise<unknown>
  /** A plain INSERT with the claim. It can't distinguish a replay from a revocation. */
  redeem(old: Credential, successors: NewCredential[]): Promise<unknown>
  revoke(grantId: string): Promise<unknown>
  end(): Promise<unknown>
}

const times = ['created_at', 'expires_at', 'keep_until']
const names = [
  'id',
  'kind',
  'grant_id',
  'claims',
  'client_id',
  'user_id',
  'data',
  ...times,
  'owner',
]
const columns = names.join(', ')
const table = 'oauth_credentials'
/**
 * When the store first checks whether anything of a grant is left, in milliseconds after its
 * creation.
 */
const lookAgainMs = 30 * 24 * 3_600_000

export type Value = string | number | null

/** A client that runs the queries. */
export interface SqlClient {
  dialect: 'postgres' | 'mysql' | 'sqlite'
  query: (text: string, values: Value[]) => Promise<unknown>
  end: () => Promise<unknown>
  /** Whether a parameter is a question mark, although the database is PostgreSQL. */
  takesQuestionMarks?: boolean
}

/** What differs between the databases. */
const dialects = {
  postgres: { bigint: (value: string) => `CAST(${value} AS bigint)`, share: ' FOR SHARE' },
  mysql: { bigint: (value: string) => value, share: ' LOCK IN SHARE MODE' },
  sqlite: { bigint: (value: string) => value, share: '' },
} as const

/** Returns the queries for the database of that URL, with the driver alone. */
export function byHand(url: string, connections: number): ByHand {
  return byHandOn(
    url.startsWith('postgres:') ? postgres(url, connections) : mariadb(url, connections),
  )
}

/** Returns the queries on a client. */
export function byHandOn(client: SqlClient): ByHand {
  const { dialect, query, end, takesQuestionMarks } = client
  const { bigint, share } = dialects[dialect]
  const isNumbered = dialect === 'postgres' && !takesQuestionMarks
  const placeholder = (at: number) => (isNumbered ? `$${at}` : '?')

  function insert(rows: Value[][]): Promise<unknown> {
    let at = 0
    const texts = rows.map((row) => `(${row.map(() => placeholder(++at)).join(', ')})`)
    return query(`INSERT INTO ${table} (${columns}) VALUES ${texts.join(', ')}`, rows.flat())
  }

  /** Writes the rows as a SELECT, so that the INSERT can have a condition. */
  function insertIf(rows: Value[][], conditions: string, values: Value[]): Promise<unknown> {
    let at = 0
    const texts = rows.map((row) => {
      const selected = row.map((_, n) => {
        const value = placeholder(++at)
        return `${times.includes(names[n]!) ? bigint(value) : value} AS ${names[n]}`
      })
      return `SELECT ${selected.join(', ')}`
    })
    const numbered = conditions.replaceAll('?', () => placeholder(++at))
    return query(
      `INSERT INTO ${table} (${columns})
        SELECT ${columns} FROM (${texts.join(' UNION ALL ')}) v WHERE ${numbered}`,
      [...rows.flat(), ...values],
    )
  }

  const holds = `EXISTS (SELECT 1 FROM oauth_clients WHERE id = ? AND version = ?${share})
    AND (SELECT deleted_until FROM oauth_users WHERE id = ?${share}) IS NULL`
  const select = `SELECT ${columns} FROM ${table} WHERE id = ${placeholder(1)}`
  const remove = `DELETE FROM ${table} WHERE id = ${placeholder(1)}`
  return {
    find: (hash) => query(select, [hash]),
    insert: (grant, credentials) => insert(rowsOf(grant, credentials)),
    issue: (grant, credentials, { id, version }) =>
      insertIf(rowsOf(grant, credentials), holds, [id, version, grant.userId]),
    redeem: ({ hash, grant }, successors) =>
      insert(successors.map((one, at) => row(one, grant, at === 0 ? hash : null))),
    revoke: (grantId) => query(remove, [grantId]),
    end,
  }
}

function postgres(connectionString: string, max: number): SqlClient {
  const pool = new Pool({ connectionString, max })
  return {
    dialect: 'postgres',
    query: (sql, values) => pool.query(sql, values),
    end: () => pool.end(),
  }
}

function mariadb(uri: string, connectionLimit: number): SqlClient {
  const pool = createPool({ uri, connectionLimit })
  return {
    dialect: 'mysql',
    query: (sql, values) => pool.query(sql, values),
    end: () => pool.end(),
  }
}

function rowsOf(grant: Grant, credentials: NewCredential[]): Value[][] {
  return [grantRow(grant), ...credentials.map((one) => row(one, grant, null))]
}

function grantRow({ id, clientId, userId, createdAt, data }: Grant): Value[] {
  const keepUntil = createdAt + lookAgainMs
  const owner = createHash('sha256')
    .update(JSON.stringify([userId, clientId]))
    .digest('hex')
  return [id, 'grant', null, null, clientId, userId, data, createdAt, null, keepUntil, owner]
}

function row(
  { hash, kind, data, createdAt, expiresAt }: NewCredential,
  { id, clientId, userId }: Credential['grant'],
  claims: string | null,
): Value[] {
  return [hash, kind, id, claims, clientId, userId, data, createdAt, expiresAt, expiresAt, null]
}
