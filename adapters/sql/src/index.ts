export { type SqlDialect } from './dialect'
export { indexCondition } from './index-condition'
export type { SqlExecutor, SqlResult, SqlValue } from './executor'
export {
  type ConnectionSource,
  type LendableConnection,
  ignoreLostConnections,
} from './lost-connections'
export { migrate } from './migrate'
export { type SchemaOptions, type SqlMigration, sqlMigrations, sqlSchema } from './migrations'
export type { SqlStoreOptions } from './options'
export {
  type Column,
  type ColumnType,
  type Condition,
  type Index,
  type NamedIndex,
  type TableSchema,
  namedIndexes,
  oauthSchema,
} from './schema'
export { type SqlStore, sqlStore } from './sql-store'
export { storeOn } from './store'
export {
  type TableNames,
  type TableReference,
  type TableReferences,
  defaultTables,
  tableNames,
} from './tables'
