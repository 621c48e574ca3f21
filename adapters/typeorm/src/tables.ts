import { type Rule, type Rules, optionError, readOptions, text } from '@oauth2-kit/core/store-kit'

/** The names of the tables, and of their entities. */
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

const aName: Rule = [text[0], 'must be the name of a table']
const nameRules: Rules<TableNames> = {
  credentials: aName,
  clients: aName,
  users: aName,
  records: aName,
}

/** Reads the names of the tables. Throws an OptionError if one is wrong. */
export function tableNames(given: Partial<TableNames> = {}): TableNames {
  const names = readOptions(given, nameRules, {
    of: 'typeormStore()',
    in: 'tables',
    defaults: defaultTables,
  })
  if (new Set(Object.values(names)).size < Object.keys(names).length)
    throw optionError('tables', 'has the same name twice: each table needs its own')
  return names
}
