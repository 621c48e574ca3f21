/** A store that a provider can be written on. */
export interface StoreTemplate {
  name: string
  /** Where it stores its data, in a few words. */
  about: string
  /** The databases to choose from; the first is the default. Empty if it needs none. */
  databases: readonly DatabaseTemplate[]
  /** Whether it creates its tables by itself in a database in a file. */
  createsFiles?: true
}

/** A database that a provider can be written on. */
export interface DatabaseTemplate {
  name: string
  about: string
  /** The port that it listens on by default. A database in a file has none. */
  port?: number
}

/** The store and the database of a provider. */
export interface Storage {
  store: StoreTemplate
  database: DatabaseTemplate | undefined
}

const postgres = { name: 'postgres', about: 'PostgreSQL', port: 5432 }
const mariadb = { name: 'mariadb', about: 'MariaDB', port: 3306 }
const sqlite = { name: 'sqlite', about: 'SQLite, in one file' }
const mongodb = { name: 'mongodb', about: 'MongoDB', port: 27017 }
const redis = { name: 'redis', about: 'Redis', port: 6379 }

/** All stores. The first is the default. */
export const stores: readonly StoreTemplate[] = [
  {
    name: 'sql',
    about: 'SQLite in one file, PostgreSQL or MariaDB',
    databases: [sqlite, postgres, mariadb],
    createsFiles: true,
  },
  { name: 'memory', about: 'a store in memory, kept in one file', databases: [] },
  { name: 'mongo', about: 'MongoDB', databases: [mongodb] },
  {
    name: 'prisma',
    about: 'PostgreSQL, MariaDB or SQLite, through Prisma',
    databases: [postgres, mariadb, sqlite],
  },
  { name: 'redis', about: 'Redis', databases: [redis] },
  {
    name: 'typeorm',
    about: 'PostgreSQL, MariaDB or SQLite, through TypeORM',
    databases: [postgres, mariadb, sqlite],
  },
]

/** Whether the user of a store can choose its database. */
export function hasChoice({ databases }: StoreTemplate): boolean {
  return databases.length > 1
}

/** Whether the tables must be created by `npm run migrate` before the provider starts. */
export function isMigrated({ store, database }: Storage): boolean {
  return hasChoice(store) && !(store.createsFiles && database?.port === undefined)
}

/** Returns names as part of a sentence. */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(names)
}

/** Says where the data is stored, such as "PostgreSQL, through Prisma". */
export function aboutStorage({ store, database }: Storage): string {
  if (!database || !hasChoice(store)) return store.about
  const [, through = ''] = store.about.split(/(?=, through )/)
  return `${database.about}${through}`
}
