import type { DataSource, EntityMetadata } from 'typeorm'

/** A value that is sent to the database. It is never an object, which a driver might interpret. */
export type Value = string | number | null

/** One statement, as a QueryRunner takes it. */
export type Statement = [sql: string, values: Value[]]

/** Adds a value to a statement, in the order of its text. Returns the placeholder for it. */
export type Next = (value: Value) => string

/** Returns a statement with its text and values. Parameters have the syntax of the database. */
export function statement({ driver }: DataSource, text: (next: Next) => string): Statement {
  const values: Value[] = []
  return [text((value) => driver.createParameter('', values.push(value) - 1)), values]
}

/** Returns the placeholders of `IN (...)`. */
export function listOf(values: readonly Value[], next: Next): string {
  return values.map((value) => next(value)).join(', ')
}

/**
 * The escaped names of a table and its columns, with whatever prefix or naming strategy applies.
 */
export interface Names<Property extends string> {
  table: string
  column: (property: Property) => string
  list: (properties: readonly Property[]) => string
  /** The columns to read, with the names of their properties as aliases. */
  selected: (properties: readonly Property[], alias?: string) => string
}

/** Returns the names in the metadata. */
export function namesOf<Property extends string>(
  { driver }: DataSource,
  metadata: EntityMetadata,
): Names<Property> {
  const columns = Object.fromEntries(
    metadata.columns.map(({ propertyName, databaseName }) => [
      propertyName,
      driver.escape(databaseName),
    ]),
  ) as Record<Property, string>
  const column = (property: Property) => columns[property]
  return {
    table: metadata.tablePath
      .split('.')
      .map((part) => driver.escape(part))
      .join('.'),
    column,
    list: (properties) => properties.map(column).join(', '),
    selected: (properties, alias) =>
      properties
        .map((property) => {
          const name = alias === undefined ? column(property) : `${alias}.${column(property)}`
          return `${name} AS ${driver.escape(property)}`
        })
        .join(', '),
  }
}
