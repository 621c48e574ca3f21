import { optionError } from '@oauth2-kit/core/store-kit'
import type { DataSource, EntityMetadata } from 'typeorm'

/**
 * What the DataSource knows of one of the store's tables. Throws a TypeError if it was never told of
 * it.
 */
export function metadataOf(dataSource: DataSource, name: string): EntityMetadata {
  if (!dataSource.hasMetadata(name)) {
    const fix = 'give its options ...oauthTables(type), or oauthTables(type).entities among others'
    throw optionError('dataSource', `has no entity ${name}: ${fix}`)
  }
  return dataSource.getMetadata(name)
}
