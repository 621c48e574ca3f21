import { optionError } from '@oauth2-kit/core/store-kit'
import type { TableNames, TableReference, TableReferences } from '@oauth2-kit/sql'
import type { DataSource, EntityMetadata } from 'typeorm'

/**
 * Returns the metadata of one of the store's tables. Throws an OptionError if the DataSource does
 * not have it.
 */
export function metadataOf(dataSource: DataSource, name: string): EntityMetadata {
  if (!dataSource.hasMetadata(name)) {
    const fix =
      'add ...oauthTables(type) to its options, or oauthTables(type).entities to its entities'
    throw optionError('dataSource', `has no entity ${name}: ${fix}`)
  }
  return dataSource.getMetadata(name)
}

/** Returns a function that returns the name of a column by its property. */
export function columnNameIn({ columns }: EntityMetadata): (property: string) => string {
  return (property) => columns.find((one) => one.propertyName === property)!.databaseName
}

/**
 * Returns where the tables are, with the schema, the prefix and the naming strategy of the
 * DataSource.
 */
export function referencesIn(dataSource: DataSource, names: TableNames): TableReferences {
  const reference = (name: string): TableReference => {
    const { tablePath, columns } = metadataOf(dataSource, name)
    return {
      path: tablePath.split('.'),
      columns: Object.fromEntries(
        columns.map(({ propertyName, databaseName }) => [propertyName, databaseName]),
      ),
    }
  }
  return {
    credentials: reference(names.credentials),
    clients: reference(names.clients),
    users: reference(names.users),
    records: reference(names.records),
  }
}

/**
 * Throws an OptionError if the entity of the credentials has no foreign key. TypeORM ignores foreign
 * keys of an EntitySchema before 0.3.23, so that a token could be added to a revoked grant.
 */
export function assertForeignKey(dataSource: DataSource, credentials: string): void {
  if (metadataOf(dataSource, credentials).foreignKeys.length > 0) return
  throw optionError(
    'dataSource',
    'is of a TypeORM that ignores the foreign keys of entities: install 0.3.23 or later',
  )
}
