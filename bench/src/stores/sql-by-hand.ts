import type { Credential, Grant, NewCredential } from '@oauth2-kit/core'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'

/** What a program would send with nothing but the driver: unprepared, from a pool. */
export interface ByHand {
  find(hash: string): Promise<unknown>
  issue(grant: Grant, credentials: NewCredential[]): Promise<unknown>
  /** A plain INSERT with the claim: it can't tell a replay from a revocation. */
  redeem(old: Credential, successors: NewCredential[]): Promise<unknown>
  revoke(grantId: string): Promise<unknown>
  end(): Promise<void>
}

const columns = [
  'id',
  'kind',
  'grant_id',
  'claims',
  'client_id',
  'user_id',
  'data',
  'created_at',
  'expires_at',
  'keep_until',
].join(', ')
const table = 'oauth_credentials'

type Value = string | number | null

/** The driver of that URL. */
export function byHand(url: string, connections: number): ByHand {
  const { query, placeholder, end } = url.startsWith('postgres:')
    ? postgres(url, connections)
    : mariadb(url, connections)

  function insert(rows: Value[][]): Promise<unknown> {
    let at = 0
    const texts = rows.map((row) => `(${row.map(() => placeholder(++at)).join(', ')})`)
    return query(`INSERT INTO ${table} (${columns}) VALUES ${texts.join(', ')}`, rows.flat())
  }

  const select = `SELECT ${columns} FROM ${table} WHERE id = ${placeholder(1)}`
  const remove = `DELETE FROM ${table} WHERE id = ${placeholder(1)}`
  return {
    find: (hash) => query(select, [hash]),
    issue: (grant, credentials) =>
      insert([grantRow(grant), ...credentials.map((one) => row(one, grant, null))]),
    redeem: ({ hash, grant }, successors) =>
      insert(successors.map((one, at) => row(one, grant, at === 0 ? hash : null))),
    revoke: (grantId) => query(remove, [grantId]),
    end,
  }
}

function postgres(connectionString: string, max: number) {
  const pool = new Pool({ connectionString, max })
  return {
    query: (sql: string, values: Value[]): Promise<unknown> => pool.query(sql, values),
    placeholder: (at: number) => `$${at}`,
    end: () => pool.end(),
  }
}

function mariadb(uri: string, connectionLimit: number) {
  const pool = createPool({ uri, connectionLimit })
  return {
    query: (sql: string, values: Value[]): Promise<unknown> => pool.query(sql, values),
    placeholder: () => '?',
    end: () => pool.end(),
  }
}

function grantRow({ id, clientId, userId, createdAt, data }: Grant): Value[] {
  return [id, 'grant', null, null, clientId, userId, data, createdAt, null, createdAt]
}

function row(
  { hash, kind, data, createdAt, expiresAt }: NewCredential,
  { id, clientId, userId }: Credential['grant'],
  claims: string | null,
): Value[] {
  return [hash, kind, id, claims, clientId, userId, data, createdAt, expiresAt, expiresAt]
}
