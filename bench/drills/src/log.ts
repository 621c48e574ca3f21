import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * A request of a load process to a provider, or of the harness to a database. `control` goes to a
 * bare server: its duration is the delay of the machine.
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

/** A credential that a response issued. `hash` is its SHA-256, which stores use as its key. */
export interface Issued {
  kind: 'code' | 'access' | 'refresh'
  hash: string
  /** Its lifetime in milliseconds; `null` means longer than any drill. */
  lifetimeMs: number | null
}

/** A request with its result. It contains no token. */
export interface Entry {
  operation: Operation
  /** Milliseconds since the epoch: before it was sent, and when its response was complete. */
  start: number
  end: number
  /** The number of the provider process; -1 is the database. */
  provider: number
  /** The name that the load process gave to the grant of the request; `null` means no grant. */
  grant: string | null
  /**
   * The account of the request or of the change. Undefined means the demo account, which never
   * changes.
   */
  account?: string
  /**
   * The number of the secret that the client sent, or received in a change; 0 is the first.
   * @default 0
   */
  secret?: number
  /** SHA-256 of the credential that was presented. */
  presented: string | null
  /** The HTTP status; 0 means that the connection broke. */
  status: number
  /** The OAuth error code, or the reason why the connection broke. */
  error: string | null
  issued: Issued[]
  /**
   * The result of an introspection or of a look-up in the database: whether it is active, or
   * exists.
   */
  active?: boolean
}

/** Reads the log of a load process, one entry per line. */
export async function readLog(file: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const line of createInterface({ input: createReadStream(file) })) {
    entries.push(JSON.parse(line) as Entry)
  }
  return entries
}
