import { type SchemaOptions } from './migrations'
import { schemaRule } from './options'
import { type Index, oauthSchema } from './schema'
import { type TableNames, tableNames } from './tables'
import { anything, readOptions } from '@oauth2-kit/core/store-kit'

/** What makes the parts of a table that are no columns, in the format of another package. */
export interface PartMaker<Part> {
  primaryKey(name: string): Part
  unique(name: string, columns: Index['columns']): Part
  index(name: string, columns: Index['columns']): Part
  /** A column that refers to the id of the same table, and is deleted with that row. */
  parent(name: string, columns: Index['columns']): Part
}

/** Returns the parts of the table with that name, by the properties of the columns. */
export function partsOf<Part>(
  table: keyof TableNames,
  name: string,
  maker: PartMaker<Part>,
): Part[] {
  const { uniques, indexes, parent } = oauthSchema[table] as (typeof oauthSchema)['credentials']
  return [
    maker.primaryKey(`pk_${name}`),
    ...uniques.map(({ suffix, columns }) => maker.unique(`uq_${name}_${suffix}`, columns)),
    ...indexes.map(({ suffix, columns }) => maker.index(`ix_${name}_${suffix}`, columns)),
    ...(parent ? [maker.parent(`fk_${name}_${parent.suffix}`, parent.columns)] : []),
  ]
}

/** Reads the options of `oauthTables()`. Throws an OptionError if one is wrong. */
export function readTableOptions(options: SchemaOptions): { names: TableNames; schema?: string } {
  const rules = { tables: anything, schema: schemaRule }
  const { tables, schema } = readOptions<SchemaOptions>(options, rules, { of: 'oauthTables()' })
  const names = tableNames(tables, 'oauthTables()')
  return schema === undefined ? { names } : { names, schema }
}
