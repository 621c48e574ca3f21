import type { DataSource, EntityMetadata } from 'typeorm'

/** A value that goes to the database: never an object, which a driver might take for more. */
export type Value = string | number | null

/** One statement, as a QueryRunner takes it. */
export type Statement = [sql: string, values: Value[]]

/** Takes a value of a statement, in the order of its text, and gives what stands for it there. */
export type Next = (value: Value) => string

/** Makes a statement from its text, with parameters in the database's own way. */
export function statement({ driver }: DataSource, text: (next: Next) => string): Statement {
  const values: Value[] = []
  return [text((value) => driver.createParameter('', values.push(value) - 1)), values]
}

/** The parameters of `IN (...)`. */
export function listOf(values: readonly Value[], next: Next): string {
  return values.map((value) => next(value)).join(', ')
}

/** Names of a table and its columns, escaped: whatever prefix or naming strategy made them. */
export interface Names<Property extends string> {
  table: string
  column: (property: Property) => string
  list: (properties: readonly Property[]) => string
  /** The columns to read, which come back by the names of their properties. */
  selected: (properties: readonly Property[], alias?: string) => string
}

/** The names that the metadata has. */
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
