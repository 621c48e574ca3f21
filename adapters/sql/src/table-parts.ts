import type { SqlDialect } from './dialect'
import { indexCondition } from './index-condition'
import { type SchemaOptions } from './migrations'
import { schemaRule } from './options'
import { type Index, type TableSchema, namedIndexes, oauthSchema } from './schema'
import { type TableNames, tableNames } from './tables'
import { anything, readOptions } from '@oauth2-kit/core/store-kit'

/** What makes the parts of a table that are no columns, in the format of another package. */
export interface PartMaker<Part> {
  primaryKey(name: string): Part
  /** `where` is the condition of a partial index, as SQL. */
  unique(name: string, columns: Index['columns'], where?: string): Part
  index(name: string, columns: Index['columns'], where?: string): Part
  /** A column that refers to the id of the same table, and is deleted with that row. */
  parent(name: string, columns: Index['columns']): Part
}

/** Returns the parts of the table with that name, by the properties of the columns. */
export function partsOf<Part>(
  dialect: SqlDialect,
  table: keyof TableNames,
  name: string,
  maker: PartMaker<Part>,
): Part[] {
  const schema: TableSchema = oauthSchema[table]
  const where = (index: Index) =>
    indexCondition(dialect, index, (property) => schema.columns[property]!.name)
  return [
    maker.primaryKey(`pk_${name}`),
    ...namedIndexes(name, schema).map((one) =>
      maker[one.isUnique ? 'unique' : 'index'](one.name, one.index.columns, where(one.index)),
    ),
    ...(schema.parent
      ? [maker.parent(`fk_${name}_${schema.parent.suffix}`, schema.parent.columns)]
      : []),
  ]
}

/** Reads the options of `oauthTables()`. Throws an OptionError if one is wrong. */
export function readTableOptions(options: SchemaOptions): { names: TableNames; schema?: string } {
  const rules = { tables: anything, schema: schemaRule }
  const { tables, schema } = readOptions<SchemaOptions>(options, rules, { of: 'oauthTables()' })
  const names = tableNames(tables, 'oauthTables()')
  return schema === undefined ? { names } : { names, schema }
}
