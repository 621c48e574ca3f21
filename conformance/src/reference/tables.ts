import type {
  Client,
  Credential,
  Grant,
  NewCredential,
  Selector,
  StoredRecord,
  User,
} from '@oauth2-kit/core'

/** A credential as it is stored. */
export interface CredentialRow extends NewCredential {
  grantId: string
  /** The hash of the credential that this one succeeds, or null. */
  claims: string | null
  /** Its position among the successors of one redemption. */
  place: number
  /** When the database removes it by itself; `null` means never. */
  removeAt: number | null
  /** Revoked on its own: no longer found, but still the used mark of the credential it succeeds. */
  gone: boolean
}

/** A record as it is stored. */
export interface RecordRow extends StoredRecord {
  /** When the database removes it by itself. */
  removeAt: number
}

/** The mark of a deleted user: no grant is issued to that id any more. */
export interface Mark {
  id: string
  /** When the mark is no longer needed. */
  until: number
}

/** The row type of each table. */
export interface Rows {
  clients: Client
  users: User
  grants: Grant
  credentials: CredentialRow
  records: RecordRow
  marks: Mark
}

/** The name of a table. */
export type Table = keyof Rows

/** The indexed columns besides the key. Any other condition scans the whole table. */
const indexed: Readonly<Record<Table, readonly string[]>> = {
  clients: [],
  users: ['username'],
  grants: ['userId', 'clientId'],
  credentials: ['grantId', 'claims'],
  records: [],
  marks: [],
}

/** Column values that rows must have. */
export type Where = Readonly<Record<string, unknown>>

/** The tables of one namespace. Every method is atomic, like a database statement. */
export class Space {
  /** Tables that were scanned from end to end. */
  readonly scanned: Table[] = []
  /** Indexes that were dropped or changed. */
  readonly damaged: string[] = []
  private readonly tables: Readonly<Record<Table, Held>> = {
    clients: new Held('id', indexed.clients),
    users: new Held('id', indexed.users),
    grants: new Held('id', indexed.grants),
    credentials: new Held('hash', indexed.credentials),
    records: new Held('key', indexed.records),
    marks: new Held('id', indexed.marks),
  }

  get(table: Table, key: string): object | null {
    return this.tables[table].rows.get(key) ?? null
  }

  select(table: Table, where: Where): object[] {
    const candidates = this.tables[table].candidates(where)
    if (!candidates) this.scanned.push(table)
    return [...(candidates ?? this.tables[table].rows.values())].filter((row) =>
      Object.keys(where).every((name) => member(row, name) === where[name]),
    )
  }

  /** Returns all rows in the order of an index that a program reads from one end. */
  inOrder<T extends Table>(table: T): Rows[T][] {
    return [...this.tables[table].rows.values()] as Rows[T][]
  }

  /** Returns whether a row found by an index passes. Stops at the first one that does. */
  some<T extends Table>(table: T, where: Where, passes: (row: Rows[T]) => boolean): boolean {
    for (const row of this.tables[table].candidates(where) ?? [])
      if (passes(row as Rows[T])) return true
    return false
  }

  /** Inserts all rows or none. */
  insert(table: Table, rows: readonly object[]): void {
    const held = this.tables[table]
    const fresh = new Set(rows.map((row) => held.keyOf(row)))
    if (fresh.size < rows.length || [...fresh].some((key) => held.rows.has(key)))
      throw new Error(`duplicate key in ${table}`)
    for (const row of rows) held.put(row)
  }

  put(table: Table, row: object): void {
    this.tables[table].put(row)
  }

  update(table: Table, where: Where, changes: object): number {
    const found = this.select(table, where)
    for (const row of found) this.put(table, { ...row, ...changes })
    return found.length
  }

  remove(table: Table, where: Where): number {
    const found = this.select(table, where)
    for (const row of found) this.tables[table].remove(row)
    return found.length
  }

  count(): number {
    return Object.values(this.tables).reduce((sum, { rows }) => sum + rows.size, 0)
  }

  dump(): string {
    return JSON.stringify(Object.values(this.tables).map(({ rows }) => [...rows.values()]))
  }

  /** Returns the grants that a selector matches. */
  grantsOf(selector: Selector): Grant[] {
    const where = 'grantId' in selector ? { id: selector.grantId } : selector
    return this.select('grants', where) as Grant[]
  }

  /** Returns the credential with its grant, as the contract defines it. */
  withGrant({ hash, kind, createdAt, expiresAt, data, grantId }: CredentialRow): Credential {
    const { id, clientId, userId } = this.get('grants', grantId) as Grant
    return { hash, kind, createdAt, expiresAt, data, grant: { id, clientId, userId } }
  }
}

/** The rows of one table, by key and by index. */
class Held {
  readonly rows = new Map<string, object>()
  private readonly indexes: Map<string, Map<unknown, Set<object>>>

  constructor(
    private readonly key: string,
    columns: readonly string[],
  ) {
    this.indexes = new Map(columns.map((column) => [column, new Map<unknown, Set<object>>()]))
  }

  keyOf(row: object): string {
    return String(member(row, this.key))
  }

  put(row: object): void {
    const before = this.rows.get(this.keyOf(row))
    if (before) this.remove(before)
    this.rows.set(this.keyOf(row), row)
    for (const [column, index] of this.indexes) {
      const value = member(row, column)
      index.set(value, (index.get(value) ?? new Set()).add(row))
    }
  }

  remove(row: object): void {
    this.rows.delete(this.keyOf(row))
    for (const [column, index] of this.indexes) {
      const value = member(row, column)
      const rows = index.get(value)
      rows?.delete(row)
      if (rows?.size === 0) index.delete(value)
    }
  }

  /** Returns the rows that an index narrows down to; undefined means all rows. */
  candidates(where: Where): Iterable<object> | undefined {
    if (this.key in where) {
      const key = where[this.key]
      const row = typeof key === 'string' ? this.rows.get(key) : undefined
      return row ? [row] : []
    }
    const column = Object.keys(where).find((name) => this.indexes.has(name))
    return column === undefined ? undefined : (this.indexes.get(column)?.get(where[column]) ?? [])
  }
}

function member(row: object, name: string): unknown {
  return (row as Record<string, unknown>)[name]
}
