import { type Rule, type Rules, optionError, readOptions, text } from '@oauth2-kit/core/store-kit'
import type { Dialect } from './dialect'

/** The names of the tables. */
export interface TableNames {
  /** Grants, codes and tokens. @default 'oauth_credentials' */
  credentials: string
  /** Registered clients. @default 'oauth_clients' */
  clients: string
  /** The store's own users. @default 'oauth_users' */
  users: string
  /** Short-lived records. @default 'oauth_records' */
  records: string
}

/** The defaults of `tables`. */
export const defaultTables: Readonly<TableNames> = Object.freeze({
  credentials: 'oauth_credentials',
  clients: 'oauth_clients',
  users: 'oauth_users',
  records: 'oauth_records',
})

const aName: Rule = [
  (value) => text[0](value) && !(value as string).includes('\0'),
  'must be the name of a table',
]
const nameRules: Rules<TableNames> = {
  credentials: aName,
  clients: aName,
  users: aName,
  records: aName,
}

/** Reads the names of the tables. Throws an OptionError if one is wrong. */
export function tableNames(given: Partial<TableNames> = {}, of = 'sqlStore()'): TableNames {
  const names = readOptions(given, nameRules, { of, in: 'tables', defaults: defaultTables })
  if (new Set(Object.values(names)).size < Object.keys(names).length)
    throw optionError('tables', 'has the same name twice: each table needs its own')
  return names
}

/** The most bytes that the name of a table may have, so that those of its indexes fit. */
const longestNames: Partial<Record<Dialect['name'], number>> = { postgres: 50, mysql: 50 }

/**
 * Throws an OptionError if the database would cut a name: two tenants could then have the same tables.
 */
export function assertNamesFit({ name: database }: Dialect, names: TableNames): void {
  const most = longestNames[database] ?? Infinity
  for (const [table, name] of Object.entries(names)) {
    if (Buffer.byteLength(name) > most)
      throw optionError(
        `tables.${table}`,
        `must have at most ${most} bytes, as its indexes add to it`,
      )
  }
}

/** Where a table is, and how the database names its columns. */
export interface TableReference {
  /** The name of the table, after those of the schema or database that it is in, if any. */
  readonly path: readonly string[]
  /** The columns whose names differ from those of `oauthSchema`, by property. */
  readonly columns?: Readonly<Record<string, string>>
}

/** Where each table is. */
export type TableReferences = Readonly<Record<keyof TableNames, TableReference>>

/** Returns where the tables with those names are, in that schema or else in the default one. */
export function referencesTo(names: TableNames, schema?: string): TableReferences {
  const path = (name: string) => ({ path: schema === undefined ? [name] : [schema, name] })
  return {
    credentials: path(names.credentials),
    clients: path(names.clients),
    users: path(names.users),
    records: path(names.records),
  }
}

/** The quoted names of a table and its columns. */
export interface Names<Property extends string> {
  table: string
  column: (property: Property) => string
  list: (properties: readonly Property[]) => string
  /** The columns to read, with the names of their properties as aliases. */
  selected: (properties: readonly Property[], alias?: string) => string
}

/** Returns the quoted names of a table, whose columns have those names by default. */
export function namesOf<Property extends string>(
  { quote }: Dialect,
  { path, columns = {} }: TableReference,
  defaults: Readonly<Record<Property, { readonly name: string }>>,
): Names<Property> {
  const column = (property: Property) => quote(columns[property] ?? defaults[property].name)
  return {
    table: path.map(quote).join('.'),
    column,
    list: (properties) => properties.map(column).join(', '),
    selected: (properties, alias) =>
      properties
        .map((property) => {
          const name = alias === undefined ? column(property) : `${alias}.${column(property)}`
          return `${name} AS ${quote(property)}`
        })
        .join(', '),
  }
}
