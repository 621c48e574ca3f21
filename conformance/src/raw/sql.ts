import type { Context, RawHooks } from '../types'
import { asText } from './as-text'
import { byInstance } from './by-instance'
import type { Run, Statement } from './plans'

/** The hooks that every SQL database has. */
export type SqlHooks = Required<Pick<RawHooks, 'dump' | 'count' | 'explain' | 'alive'>>

/** Records the statements that a store sends during the work. */
export type Recorder = (
  context: Context,
  work: () => Promise<unknown>,
) => Promise<readonly Statement[]>

/** The options that the hooks of every SQL database have. */
export interface SqlRawOptions {
  /** Returns the names of the tables of the store of that context, as in its statements. */
  tables: (context: Context) => readonly string[]
  /**
   * Runs the work and returns the statements that the store sends during it, for a store that
   * reports them itself, such as one on an ORM. @default those that pass through the connection
   */
  statements?: Recorder
}

interface Engine {
  tables: SqlRawOptions['tables']
  run: (context: Context) => Run
  statements: Recorder
  /** Resolves with what the database would read from end to end for these statements. */
  scans: (context: Context, statements: readonly Statement[]) => Promise<string[]>
}

/** Returns the hooks of an SQL database. */
export function sqlHooks({ tables, run, statements, scans }: Engine): SqlHooks {
  let isSeen = false
  return {
    async dump(context) {
      const all = tables(context).map((table) => run(context)(`SELECT * FROM ${table}`))
      return asText(await Promise.all(all))
    },

    async count(context) {
      const counts = tables(context).map((table) =>
        run(context)(`SELECT COUNT(*) AS n FROM ${table}`),
      )
      const rows = (await Promise.all(counts)).flat() as { n: unknown }[]
      return rows.reduce((sum, { n }) => sum + Number(n), 0)
    },

    async explain(context, work) {
      const sent = await statements(context, work)
      isSeen ||= sent.length > 0
      // Otherwise no scan would ever be found.
      if (!isSeen)
        throw new Error(
          `no statement was seen. The store of a context must use the connection that the hooks return for it: ${byInstance}`,
        )
      return scans(context, sent)
    },

    async alive(context) {
      const rows = await run(context)('SELECT 1 AS one')
      return rows.length === 1
    },
  }
}
