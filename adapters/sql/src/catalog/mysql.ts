import type { Next } from '../sql'
import {
  type ColumnRow,
  type FoundForeignKey,
  type IndexColumn,
  type ReadTable,
  indexesOf,
  numberOf,
} from './catalog'

/** Reads a table from the information schema of MariaDB or MySQL. */
export const readMysqlTable: ReadTable = async ({ read, statement }, path) => {
  const [name, schema] = path.toReversed()
  const of = (alias: string, next: Next) => {
    const inSchema = schema === undefined ? 'DATABASE()' : next(schema)
    return `${alias}.table_schema = ${inSchema} AND ${alias}.table_name = ${next(name!)}`
  }
  const [table] = await read<{ engine: string }>(
    statement(
      (next) => `SELECT t.engine AS engine FROM information_schema.tables t WHERE ${of('t', next)}`,
    ),
  )
  if (!table) return null
  const columns = await read<ColumnRow>(
    statement(
      (
        next,
      ) => `SELECT c.column_name AS name, c.data_type AS type, c.character_maximum_length AS length,
        CASE c.is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS isRequired, c.collation_name AS collation
      FROM information_schema.columns c WHERE ${of('c', next)}`,
    ),
  )
  const indexes = await read<IndexColumn>(
    statement(
      (next) => `SELECT s.index_name AS \`index\`, 1 - s.non_unique AS isUnique,
        CASE WHEN s.sub_part IS NULL THEN s.column_name END AS \`column\`
      FROM information_schema.statistics s WHERE ${of('s', next)}
      ORDER BY s.index_name, s.seq_in_index`,
    ),
  )
  const foreignKeys = await read<FoundForeignKey>(
    statement(
      (next) => `SELECT k.column_name AS \`column\`, r.delete_rule AS onDelete
      FROM information_schema.key_column_usage k
      JOIN information_schema.referential_constraints r
        ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
        AND r.table_name = k.table_name
      WHERE ${of('k', next)} AND k.referenced_table_name = k.table_name`,
    ),
  )
  return {
    columns: columns.map(({ name, type, length, isRequired, collation }) => ({
      name,
      type: type.toLowerCase(),
      length: numberOf(length),
      isRequired: Number(isRequired) === 1,
      collation,
    })),
    indexes: indexesOf(indexes),
    foreignKeys,
    engine: table.engine,
  }
}
