import { setImmediate as turn } from 'node:timers/promises'
import { procedures } from './procedures'
import { Space, type Table, type Where } from './tables'

/** A request to the database, in JSON. */
export type Statement =
  | { do: 'get'; table: Table; key: string }
  | { do: 'select'; table: Table; where: Where }
  | { do: 'remove'; table: Table; where: Where }
  | { do: 'insert'; table: Table; rows: readonly object[] }
  | { do: 'put'; table: Table; row: object }
  | { do: 'update'; table: Table; where: Where; changes: object }
  | { do: 'call'; procedure: keyof typeof procedures; args: readonly unknown[] }

/** A connection to the database. */
export interface Connection {
  /** Executes one statement on a namespace, in one round trip. */
  run(namespace: string, statement: Statement): Promise<unknown>
  close(): Promise<void>
}

/** One database with all its namespaces. */
export class Database {
  private readonly spaces = new Map<string, Space>()

  constructor(private readonly known: typeof procedures = procedures) {}

  space(namespace: string): Space {
    let space = this.spaces.get(namespace)
    if (!space) {
      space = new Space()
      this.spaces.set(namespace, space)
    }
    return space
  }

  /** Executes a statement synchronously. Throws what a database would report as an error. */
  execute(namespace: string, statement: Statement): unknown {
    const space = this.space(namespace)
    if (statement.do === 'get') return space.get(statement.table, statement.key)
    if (statement.do === 'select' || statement.do === 'remove')
      return space[statement.do](statement.table, statement.where)
    if (statement.do === 'insert') return space.insert(statement.table, statement.rows)
    if (statement.do === 'put') return space.put(statement.table, statement.row)
    if (statement.do === 'update')
      return space.update(statement.table, statement.where, statement.changes)
    const call = this.known[statement.procedure] as (space: Space, ...args: unknown[]) => unknown
    return call(space, ...statement.args)
  }
}

/**
 * Returns a connection within the process. Other calls run between any two statements, as they
 * would over a network.
 */
export function directConnection(database: Database): Connection {
  return {
    async run(namespace, statement) {
      await turn()
      return copy(database.execute(namespace, copy(statement) as Statement))
    },
    async close() {},
  }
}

/** Returns a value as it arrives at the other end of a network connection. */
export function copy(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)
}
