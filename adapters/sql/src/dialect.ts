import { optionError } from '@oauth2-kit/core/store-kit'

/** The SQL of a database. */
export type SqlDialect = 'postgres' | 'mariadb' | 'mysql' | 'sqlite'

/** The differences between databases that matter to the store's statements. */
export interface Dialect {
  name: 'postgres' | 'mysql' | 'sqlite'
  /** Returns the name as a quoted identifier. */
  quote: (name: string) => string
  /** Returns the placeholder of a parameter; the first index is 0. */
  placeholder: (index: number) => string
  /** Returns a parameter as a big integer, with a cast if the database would take it for text. */
  bigint: (parameter: string) => string
  /** Whether the parameter of this value needs a cast, for a SELECT of a UNION. */
  needsCast: (value: unknown) => boolean
  /** Returns the parameter of a text that needs a cast. */
  longText: (parameter: string) => string
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
  /**
   * Whether foreign keys are enforced. In SQLite, each connection can have them off, so that a
   * statement which removes a grant removes its credentials itself.
   */
  cascades: boolean
}

const same = (text: string) => text
const standardQuote = (name: string) => `"${name.replaceAll('"', '""')}"`

const postgres: Dialect = {
  name: 'postgres',
  quote: standardQuote,
  placeholder: (index) => `$${index + 1}`,
  bigint: (parameter) => `CAST(${parameter} AS bigint)`,
  needsCast: () => false,
  longText: same,
  inOrder: 'JOIN',
  keyShare: ' FOR KEY SHARE',
  share: ' FOR SHARE',
  current: '',
  unlessThere: ' ON CONFLICT DO NOTHING',
  returning: true,
  cascades: true,
}

/** The characters that fit into 64 KiB, at four bytes each. */
const safeLength = 16_000

const mysql: Dialect = {
  name: 'mysql',
  // Backticks, because double quotes are identifiers only under the mode ANSI_QUOTES.
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  placeholder: () => '?',
  bigint: same,
  // MariaDB gives a parameter of a prepared UNION a type of 64 KiB, and cuts a longer text without
  // an error. The cast to a long type is several times slower than a short text.
  needsCast: (value) => typeof value === 'string' && value.length > safeLength,
  longText: (parameter) => `CAST(${parameter} AS CHAR(16777215))`,
  inOrder: 'STRAIGHT_JOIN',
  keyShare: '',
  share: ' LOCK IN SHARE MODE',
  current: ' LOCK IN SHARE MODE',
  unlessThere: '',
  returning: false,
  cascades: true,
}

const sqlite: Dialect = {
  name: 'sqlite',
  quote: standardQuote,
  placeholder: () => '?',
  bigint: same,
  needsCast: () => false,
  longText: same,
  inOrder: 'JOIN',
  keyShare: '',
  share: '',
  current: '',
  unlessThere: ' ON CONFLICT DO NOTHING',
  returning: true,
  cascades: false,
}

/** Each dialect by its name. */
export const dialects: Readonly<Record<SqlDialect, Dialect>> = Object.freeze({
  postgres,
  mariadb: { ...mysql, returning: true },
  mysql,
  sqlite,
})

/** The names of the dialects. */
export const dialectNames = Object.keys(dialects) as SqlDialect[]

/** Throws an OptionError that names the option if the value is not the name of a dialect. */
export function assertDialect(value: unknown, option = 'dialect'): asserts value is SqlDialect {
  if (dialectNames.includes(value as SqlDialect)) return
  throw optionError(option, `must be one of ${dialectNames.join(', ')}`)
}
