/** The databases that the servers are compared on. */
export const databases = ['postgres', 'mongodb', 'redis'] as const

export type Database = (typeof databases)[number]

/** The requests that are measured. */
export const workloads = {
  bearer: 'Bearer check',
  'client-credentials': 'Client-credentials grant',
  code: 'Authorization-code grant',
  refresh: 'Refresh grant',
} as const

export type Workload = keyof typeof workloads

/** How the databases are called in the tables. */
export const databaseNames: Record<Database, string> = {
  postgres: 'PostgreSQL',
  mongodb: 'MongoDB',
  redis: 'Redis',
}

/** The number of connections to a server. Each has one open request. */
export const connections = 16

/** The most connections that a server has to its database. Redis has one. */
export const databaseConnections = 10

/** A message to a server in its own process. */
export type Question =
  | { ask: 'start' }
  /** For that many requests: access tokens, or the forms that the token endpoint gets. */
  | { ask: 'prepare'; workload: Workload; count: number }
  /** The CPU microseconds of the process so far. */
  | { ask: 'cpu' }
  /** Removes what will have expired in that many seconds. */
  | { ask: 'purge'; seconds: number }

/** What a server answers to `start`. */
export interface Started {
  port: number
  /** The `Authorization` header of the client. */
  basic: string
}
