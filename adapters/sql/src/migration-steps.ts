import { readOptions, wholeNumber, anything } from '@oauth2-kit/core/store-kit'
import { type SqlDialect, dialects } from './dialect'
import { type SchemaOptions, sqlMigrations } from './migrations'
import { referencesTo, tableNames } from './tables'

/** Options of `oauthMigration()`. */
export interface MigrationOptions extends SchemaOptions {
  /**
   * The version that earlier migrations have created. The first migration has none; a later release
   * that changes the tables says what the next one needs. @default 0
   */
  from?: number
}

/** The statements of a migration in the format of another package. */
export interface MigrationSteps {
  readonly up: readonly string[]
  /** What undoes `up`. Empty if the tables are older than this migration. */
  readonly down: readonly string[]
}

/**
 * Returns the statements of a migration. Throws an OptionError if the dialect or an option is wrong.
 */
export function migrationSteps(dialect: SqlDialect, options: MigrationOptions): MigrationSteps {
  const { from, tables, schema } = readOptions<MigrationOptions>(
    options,
    { tables: anything, schema: anything, from: wholeNumber(0, 1_000_000, 'versions') },
    { of: 'oauthMigration()' },
  )
  const place = { ...(tables && { tables }), ...(schema !== undefined && { schema }) }
  const up = sqlMigrations(dialect, place)
    .filter(({ version }) => version > (from ?? 0))
    .flatMap(({ statements }) => statements)
  const quote = (name: string) => dialects[dialect].quote(name)
  const references = Object.values(referencesTo(tableNames(tables), schema))
  const down = references.map(({ path }) => `DROP TABLE IF EXISTS ${path.map(quote).join('.')}`)
  return { up, down: from ? [] : down }
}
