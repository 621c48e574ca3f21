import type { Statement } from './plans'

/** A pool of `pg` or `mysql2`, which reports each connection that it lends. */
export interface ReportingPool {
  on(event: 'acquire', listener: (connection: unknown) => void): unknown
  off(event: 'acquire', listener: (connection: unknown) => void): unknown
}

type Send = (...args: unknown[]) => unknown
type Connection = Record<string, Send>

/** Runs the work, and returns the statements that the connections of the pool sent during it. */
export async function recordedPool(
  pool: ReportingPool,
  methods: readonly string[],
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const statements: Statement[] = []
  const restore = new Map<Connection, () => void>()
  const acquired = (lent: unknown) => {
    const connection = lent as Connection
    if (restore.has(connection)) return
    const ends = methods.map((method) => watched(connection, method, statements))
    restore.set(connection, () => {
      for (const end of ends) end()
    })
  }
  pool.on('acquire', acquired)
  try {
    await work()
    return statements
  } finally {
    pool.off('acquire', acquired)
    for (const end of restore.values()) end()
  }
}

/** Reports the statements of one method, and returns a function that stops this. */
function watched(connection: Connection, method: string, statements: Statement[]): () => void {
  const isOwn = Object.hasOwn(connection, method)
  const before = connection[method]!
  connection[method] = function (this: unknown, ...args: unknown[]) {
    const statement = statementOf(args)
    if (statement) statements.push(statement)
    return before.apply(this, args)
  }
  return () => {
    if (isOwn) connection[method] = before
    else delete connection[method]
  }
}

/** The first argument is the text, or an object with the text and its values. */
function statementOf([first, second]: unknown[]): Statement | undefined {
  const values = Array.isArray(second) ? (second as unknown[]) : []
  if (typeof first === 'string') return [first, values]
  const { text, sql, values: own } = (first ?? {}) as Record<string, unknown>
  const said = text ?? sql
  if (typeof said !== 'string') return undefined
  return [said, Array.isArray(own) ? (own as unknown[]) : values]
}
