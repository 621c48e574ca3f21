import { type FoundForeignKey, type IndexColumn, type ReadTable, indexesOf } from './catalog'

/** Reads a table through the pragmas of SQLite. */
export const readSqliteTable: ReadTable = async ({ dialect, read, statement }, path) => {
  const [name = '', schema = 'main'] = path.toReversed()
  const columns = await read<{ name: string; type: string; isRequired: unknown }>(
    statement(
      (
        next,
      ) => `SELECT name, type, CASE WHEN "notnull" = 1 OR pk > 0 THEN 1 ELSE 0 END AS "isRequired"
        FROM pragma_table_info(${next(name)}, ${next(schema)})`,
    ),
  )
  if (columns.length === 0) return null
  const indexes = await read<IndexColumn & { collation: string }>(
    statement(
      (next) => `SELECT l.name AS "index", l."unique" AS "isUnique", i.name AS "column",
          i.coll AS "collation",
          CASE WHEN l.partial <> 0 THEN
            coalesce((SELECT m.sql FROM ${dialect.quote(schema)}.sqlite_master m
              WHERE m.type = 'index' AND m.name = l.name), '') END AS "condition"
        FROM pragma_index_list(${next(name)}, ${next(schema)}) l
        JOIN pragma_index_xinfo(l.name, ${next(schema)}) i
        WHERE i.key = 1 ORDER BY l.name, i.seqno`,
    ),
  )
  const foreignKeys = await read<FoundForeignKey>(
    statement(
      (next) => `SELECT "from" AS "column", on_delete AS "onDelete"
        FROM pragma_foreign_key_list(${next(name)}, ${next(schema)}) WHERE "table" = ${next(name)}`,
    ),
  )
  // Of several indexes, the one that does not compare byte for byte.
  const collations = new Map(
    indexes
      .map(({ column, collation }) => [column, collation.toUpperCase()] as const)
      .toSorted(([, one], [, other]) => Number(one !== 'BINARY') - Number(other !== 'BINARY')),
  )
  return {
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type.toLowerCase(),
      length: null,
      isRequired: Number(column.isRequired) === 1,
      // SQLite does not tell the collation of a column, but that of its index.
      collation: collations.get(column.name) ?? null,
    })),
    indexes: indexesOf(indexes),
    foreignKeys,
  }
}
