import { optionError } from '@oauth2-kit/core/store-kit'
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
