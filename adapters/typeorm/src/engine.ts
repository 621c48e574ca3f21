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
  /** Reads what was committed last, even in a transaction that began before. */
  current: string
  /** Makes an INSERT of keys leave out the ones that are there. */
  insertNew(into: string): string
}

const same = (text: string) => text

const postgres: Engine = {
  name: 'postgres',
  bigint: (parameter) => `CAST(${parameter} AS bigint)`,
  inOrder: 'JOIN',
  keyShare: ' FOR KEY SHARE',
  current: '',
  insertNew: (into) => `INSERT INTO ${into} ON CONFLICT DO NOTHING`,
}

const mysql: Engine = {
  name: 'mysql',
  bigint: same,
  inOrder: 'STRAIGHT_JOIN',
  keyShare: '',
  current: ' LOCK IN SHARE MODE',
  // It would hide other errors too, but a key that was checked and a number cause none.
  insertNew: (into) => `INSERT IGNORE INTO ${into}`,
}

const sqlite: Engine = {
  name: 'sqlite',
  bigint: same,
  inOrder: 'JOIN',
  keyShare: '',
  current: '',
  insertNew: (into) => `INSERT INTO ${into} ON CONFLICT DO NOTHING`,
}

const engines: ReadonlyMap<string, Engine> = new Map([
  ['postgres', postgres],
  ['mariadb', mysql],
  ['mysql', mysql],
  ['better-sqlite3', sqlite],
  ['sqljs', sqlite],
])

/** The engine behind a DataSource. Throws a TypeError for one that the store does not speak to. */
export function engineOf({ options: { type } }: DataSource): Engine {
  const engine = engines.get(type)
  if (!engine) {
    const types = [...engines.keys()].join(', ')
    throw new TypeError(`"dataSource" is of type ${type}: the store speaks to ${types}`)
  }
  return engine
}
