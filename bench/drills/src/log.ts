import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * What a load process asks of a provider, or the harness of a database. `control` is asked of a bare
 * server: how long that takes is the machine's own doing.
 */
export type Operation =
  | 'sign-in'
  | 'authorize'
  | 'code'
  | 'refresh'
  | 'bearer'
  | 'revoke'
  | 'introspect'
  | 'database'
  | 'delete'
  | 'rotate-secret'
  | 'control'

/** A credential that an answer gave: its SHA-256, as a store knows it. */
export interface Issued {
  kind: 'code' | 'access' | 'refresh'
  hash: string
  /** Milliseconds that it lives; `null` = longer than any drill. */
  lifetimeMs: number | null
}

/** A request, and what came of it. No token is in it. */
export interface Entry {
  operation: Operation
  /** Milliseconds since the epoch: before it was sent, and when its answer was complete. */
  start: number
  end: number
  /** Which provider process was asked; -1 = the database. */
  provider: number
  /** The grant that it is about, by a name of the load process; `null` = none. */
  family: string | null
  /** The account that it is of, or that the harness has changed; left out = the demo's, which stays. */
  account?: string
  /** Which secret the client sent, or has from then on: 0 is the first. @default 0 */
  secret?: number
  /** SHA-256 of the credential that was presented. */
  presented: string | null
  /** The HTTP status; 0 = the connection broke. */
  status: number
  /** The OAuth error code, or what became of the connection. */
  error: string | null
  issued: Issued[]
  /** Introspection, or a look into the database: whether it is good, or there. */
  active?: boolean
}

/** Reads what a load process has written, one entry a line. */
export async function readLog(file: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const line of createInterface({ input: createReadStream(file) })) {
    entries.push(JSON.parse(line) as Entry)
  }
  return entries
}
