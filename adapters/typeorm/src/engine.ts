import { optionError } from '@oauth2-kit/core/store-kit'
import type { DataSource } from 'typeorm'

/** The databases that the store supports, by the `type` of a DataSource. */
export type DatabaseType = 'postgres' | 'mariadb' | 'mysql' | 'better-sqlite3' | 'sqljs'

/** The differences between engines that matter to the store's statements. */
export interface Engine {
  name: 'postgres' | 'mysql' | 'sqlite'
  /** Returns a parameter as a big integer, with a cast if the engine would take it for text. */
  bigint(parameter: string): string
  /** Joins two tables so that rows are locked in the order of the text of the statement. */
  inOrder: string
  /** Locks a grant's row for a reader that will add to the grant, so that a revocation waits. */
  keyShare: string
  /**
   * Locks the current version of a row, so that changes of it wait. If the lock waits for a change,
   * the change is visible, even in a transaction whose snapshot is older.
   */
  share: string
  /** Reads what was committed last, even in a transaction that began before that. */
  current: string
  /** Ends an INSERT so that rows whose keys exist are skipped. On MySQL such rows are an error. */
  unlessThere: string
  /** Whether a DELETE can return the rows that it removes. */
  returning: boolean
}

const same = (text: string) => text

const postgres: Engine = {
  name: 'postgres',
  bigint: (parameter) => `CAST(${parameter} AS bigint)`,
  inOrder: 'JOIN',
  keyShare: ' FOR KEY SHARE',
  share: ' FOR SHARE',
  current: '',
  unlessThere: ' ON CONFLICT DO NOTHING',
  returning: true,
}

const mysql: Engine = {
  name: 'mysql',
  bigint: same,
  inOrder: 'STRAIGHT_JOIN',
  keyShare: '',
  share: ' LOCK IN SHARE MODE',
  current: ' LOCK IN SHARE MODE',
  unlessThere: '',
  returning: false,
}

const sqlite: Engine = {
  name: 'sqlite',
  bigint: same,
  inOrder: 'JOIN',
  keyShare: '',
  share: '',
  current: '',
  unlessThere: ' ON CONFLICT DO NOTHING',
  returning: true,
}

const engines: ReadonlyMap<string, Engine> = new Map([
  ['postgres', postgres],
  ['mariadb', { ...mysql, returning: true }],
  ['mysql', mysql],
  ['better-sqlite3', sqlite],
  ['sqljs', sqlite],
])

/** Returns whether the tables of one type of DataSource can be used with another one. */
export function haveSameTables(one: string, other: string): boolean {
  return one === other || (engines.get(one) === sqlite && engines.get(other) === sqlite)
}

/** Returns the engine of a DataSource. Throws an OptionError if the store does not support it. */
export function engineOf({ options: { type } }: DataSource): Engine {
  const engine = engines.get(type)
  if (!engine) {
    const types = [...engines.keys()].join(', ')
    throw optionError('dataSource', `has the unsupported type ${type}: use one of ${types}`)
  }
  return engine
}
