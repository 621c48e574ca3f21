import { optionError } from '@oauth2-kit/core/store-kit'
import type { DataSource } from 'typeorm'

/** What the engines differ in, as far as the store's statements go. */
export interface Engine {
  name: 'postgres' | 'mysql' | 'sqlite'
  /** A parameter as a big integer, where the engine would take it for text. */
  bigint(parameter: string): string
  /** Joins two tables so that rows are locked in the order of the text. */
  inOrder: string
  /** Locks a grant's row for a reader that will add to the grant: a revocation then waits. */
  keyShare: string
  /**
   * Locks a row as it is now: a change of it waits, and a change that was waited for is seen, even
   * in a snapshot from before it.
   */
  share: string
  /** Reads what was committed last, even in a transaction that began before. */
  current: string
  /** Ends an INSERT that leaves out rows whose keys exist. On MySQL they are an error. */
  unlessThere: string
  /** Whether a DELETE can return what it has removed. */
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

/** The engine behind a DataSource. Throws a TypeError for one that the store does not speak to. */
export function engineOf({ options: { type } }: DataSource): Engine {
  const engine = engines.get(type)
  if (!engine) {
    const types = [...engines.keys()].join(', ')
    throw optionError('dataSource', `is of type ${type}: the store speaks to ${types}`)
  }
  return engine
}
