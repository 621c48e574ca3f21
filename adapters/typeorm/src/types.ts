import { optionError } from '@oauth2-kit/core/store-kit'
import type { SqlDialect } from '@oauth2-kit/sql'
import type { DataSource } from 'typeorm'

/** The databases that the store supports, by the `type` of a DataSource. */
export type DatabaseType = 'postgres' | 'mariadb' | 'mysql' | 'better-sqlite3' | 'sqljs'

const dialects: ReadonlyMap<string, SqlDialect> = new Map([
  ['postgres', 'postgres'],
  ['mariadb', 'mariadb'],
  ['mysql', 'mysql'],
  ['better-sqlite3', 'sqlite'],
  ['sqljs', 'sqlite'],
])

/** Returns the SQL of a type of DataSource; undefined if the store does not support the type. */
export function dialectOfType(type: string): SqlDialect | undefined {
  return dialects.get(type)
}

/** Returns whether the tables of one type of DataSource can be used with another one. */
export function haveSameTables(one: string, other: string): boolean {
  return dialects.has(one) && dialects.get(one) === dialects.get(other)
}

/** Returns the SQL of a DataSource. Throws an OptionError if the store does not support its type. */
export function dialectOf({ options: { type } }: DataSource): SqlDialect {
  const dialect = dialects.get(type)
  if (!dialect) {
    const types = [...dialects.keys()].join(', ')
    throw optionError('dataSource', `has the unsupported type ${type}: use one of ${types}`)
  }
  return dialect
}
