import {
  type ColumnRow,
  type FoundForeignKey,
  type IndexColumn,
  type ReadTable,
  indexesOf,
  numberOf,
} from './catalog'

const onDelete: Record<string, string> = { c: 'CASCADE' }

/** Reads a table from the catalog of PostgreSQL. */
export const readPostgresTable: ReadTable = async ({ dialect, read, statement }, path) => {
  const name = path.map(dialect.quote).join('.')
  const columns = await read<ColumnRow>(
    statement(
      (next) => `SELECT a.attname AS "name", t.typname AS "type",
          CASE WHEN t.typname = 'varchar' AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS "length",
          CASE WHEN a.attnotnull THEN 1 ELSE 0 END AS "isRequired", c.collname AS "collation"
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_collation c ON c.oid = a.attcollation
        WHERE a.attrelid = to_regclass(${next(name)}) AND a.attnum > 0 AND NOT a.attisdropped`,
    ),
  )
  if (columns.length === 0) return null
  const indexes = await read<IndexColumn>(
    statement(
      (next) => `SELECT n.relname AS "index",
          CASE WHEN i.indisunique AND i.indimmediate THEN 1 ELSE 0 END AS "isUnique", a.attname AS "column",
          CASE WHEN i.indpred IS NOT NULL THEN coalesce(pg_get_expr(i.indpred, i.indrelid), '') END
            AS "condition"
        FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid
        CROSS JOIN LATERAL unnest(CAST(i.indkey AS int2[])) WITH ORDINALITY AS k (number, position)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
        WHERE i.indrelid = to_regclass(${next(name)}) AND i.indisvalid
          AND k.position <= i.indnkeyatts
        ORDER BY i.indexrelid, k.position`,
    ),
  )
  const keys = await read<FoundForeignKey>(
    statement(
      (next) => `SELECT a.attname AS "column", CAST(c.confdeltype AS text) AS "onDelete"
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.conrelid = to_regclass(${next(name)}) AND c.confrelid = c.conrelid
          AND c.contype = 'f' AND c.convalidated AND cardinality(c.conkey) = 1
          AND NOT EXISTS (SELECT 1 FROM pg_trigger t
            WHERE t.tgconstraint = c.oid AND t.tgenabled NOT IN ('O', 'A'))`,
    ),
  )
  return {
    columns: columns.map(({ name, type, length, isRequired, collation }) => ({
      name,
      type,
      length: numberOf(length),
      isRequired: Number(isRequired) === 1,
      collation,
    })),
    indexes: indexesOf(indexes),
    foreignKeys: keys.map((key) => ({ ...key, onDelete: onDelete[key.onDelete] ?? 'NO ACTION' })),
  }
}
