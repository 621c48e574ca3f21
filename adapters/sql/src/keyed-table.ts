import type { Page } from '@oauth2-kit/core'
import type { Database } from './database'
import { isDuplicateOnMysql } from './errors'
import type { SqlValue } from './executor'
import { type Next, limitOf } from './sql'
import type { Names, TableNames } from './tables'

/** A row to write. Times may be numbers, although some drivers read them as text. */
type Written<Row> = Record<keyof Row, SqlValue> & { id: string }

/** Returns functions that read and write whole rows of a table by their ids. */
export function keyedTable<Row extends { id: string } & Record<keyof Row, SqlValue>>(
  database: Database,
  name: keyof TableNames,
  properties: readonly (keyof Row & string)[],
) {
  const { dialect, statement } = database
  const names = database.names[name] as unknown as Names<keyof Row & string>
  const { table, column, list, selected } = names
  const id = column('id')

  async function select(by: keyof Row & string, value: string, lock: string) {
    const [row] = await database.read<Row>(
      statement(
        (next) =>
          `SELECT ${selected(properties)} FROM ${table} WHERE ${column(by)} = ${next(value)}${lock}`,
      ),
    )
    // The columns of a table that was created by hand may ignore case.
    return row?.[by] === value ? row : null
  }

  return {
    ...names,
    id,

    find: (by: keyof Row & string, value: string) => select(by, value, ''),

    /**
     * Resolves with the current row, even in a transaction that began before the row was changed.
     */
    current: (by: keyof Row & string, value: string) =>
      select(by, value, database.isJoined() ? dialect.current : ''),

    /** Inserts the row. Resolves with false if the table has a row with one of its keys. */
    async insertNew(row: Written<Row>): Promise<boolean> {
      try {
        const inserted = await database.write(
          statement(
            (next) => `INSERT INTO ${table} (${list(properties)})
              VALUES (${properties.map((property) => next(row[property])).join(', ')})${dialect.unlessThere}`,
          ),
        )
        return inserted > 0
      } catch (error) {
        if (isDuplicateOnMysql(error)) return false
        throw error
      }
    },

    /** Replaces the row with that id if the condition holds. Resolves with whether it did. */
    async replace(row: Written<Row>, condition: (next: Next) => string): Promise<boolean> {
      const assigned = properties.filter((property) => property !== 'id')
      const written = await database.write(
        statement(
          (next) => `UPDATE ${table}
            SET ${assigned.map((property) => `${column(property)} = ${next(row[property])}`).join(', ')}
            WHERE ${id} = ${next(row.id)} AND ${condition(next)}`,
        ),
      )
      return written > 0
    },

    async remove(value: string): Promise<void> {
      await database.write(statement((next) => `DELETE FROM ${table} WHERE ${id} = ${next(value)}`))
    },

    /**
     * Resolves with a page of the rows for which the condition holds, in the order of their ids.
     */
    list({ after, limit }: Page, condition?: string): Promise<Row[]> {
      return database.read<Row>(
        statement((next) => {
          const conditions = [
            ...(condition === undefined ? [] : [condition]),
            ...(after === undefined ? [] : [`${id} > ${next(after)}`]),
          ]
          const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
          return `SELECT ${selected(properties)} FROM ${table} ${where}
            ORDER BY ${id} ${limitOf(limit)}`
        }),
      )
    },
  }
}
