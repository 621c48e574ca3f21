import { randomBytes } from 'node:crypto'
import { brokeredUrl, offer } from './broker'
import { type Isolated, isolate } from './isolate'
import { DatabaseMissing, type DatabaseName, urlVariable } from './names'
import { pooledUrl } from './pool'

/** A database for tests: what the environment names, else a container. */
export interface TestDatabase {
  readonly name: DatabaseName
  /** Its URL, once it answers. Rejects with DatabaseMissing where it is not there. */
  url(): Promise<string>
  /**
   * A part of it for the caller alone: a database of its own, for Redis a prefix. The same
   * namespace gives the same part, in every process; without one it is a new one.
   */
  isolated(namespace?: string): Promise<Isolated>
}

/** A database for tests. It is found, or started, when it is first used. */
export function testDatabase(name: DatabaseName): TestDatabase {
  return {
    name,
    url: () => find(name),
    isolated: async (namespace = randomBytes(8).toString('hex')) =>
      isolate(name, await find(name), namespace),
  }
}

/** Why a database can't be had, as far as is known without waiting; null where it can. */
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
