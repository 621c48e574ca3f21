import { randomBytes } from 'node:crypto'
import { brokeredUrl, offer } from './broker'
import { type Isolated, isolate } from './isolate'
import { DatabaseMissing, type DatabaseName, urlVariable } from './names'
import { pooledUrl } from './pool'

/** A database for tests: the one that the environment names, or else a container. */
export interface TestDatabase {
  readonly name: DatabaseName
  /** Resolves with its URL once it answers. Rejects with DatabaseMissing if it is not available. */
  url(): Promise<string>
  /**
   * Creates a part of it for the caller alone: a separate database, or for Redis a key prefix. The
   * same namespace names the same part in every process; without one, the part is new.
   */
  isolated(namespace?: string): Promise<Isolated>
}

/** Returns a database for tests. It is found, or started, on first use. */
export function testDatabase(name: DatabaseName): TestDatabase {
  return {
    name,
    url: () => find(name),
    isolated: async (namespace = randomBytes(8).toString('hex')) =>
      isolate(name, await find(name), namespace),
  }
}

/** Returns why a database is not available, as far as is known without waiting, or null. */
export function missing(name: DatabaseName): DatabaseMissing | null {
  const reason = process.env[urlVariable(name)] ? null : offer()?.missing
  return reason ? new DatabaseMissing(name, reason) : null
}

async function find(name: DatabaseName): Promise<string> {
  const url = process.env[urlVariable(name)]
  if (url) return url
  const error = missing(name)
  if (error) throw error
  const broker = offer()
  return broker ? brokeredUrl(broker, name) : pooledUrl(name)
}
