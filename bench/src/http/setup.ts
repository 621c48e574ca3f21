import type { ContenderName } from '../contenders'

/** The requests to a server: a protected resource, a client-credentials token, or a refresh. */
export type Endpoint = 'resource' | 'token' | 'refresh'

/** The set-up of a server. */
export interface Setup {
  /** The library in front of the route; undefined means none. */
  contender?: ContenderName
  /** Whether `express.urlencoded()` comes before it. */
  parser?: boolean
  /** Whether it runs on bare node:http, without Express. */
  node?: boolean
  /** Whether the core's `createServer(app)` listens instead of `app.listen()`. */
  quick?: boolean
  /** Whether the bare route of a resource begins with the core's `shareClasses()`. */
  converts?: boolean
}

/** A message to a server: to listen, to begin measuring, or to end and report the result. */
export type Question = 'start' | 'begin' | 'end'

/** A listening server, and the request to send to it. */
export interface Listening {
  port: number
  path: string
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  /**
   * The body for each connection. For refreshes these are the first ones; the next come from the
   * answers.
   */
  bodies: readonly string[]
}

/** The number of connections. Each has one open request. */
export const connections = 8

/**
 * The number of requests in a turn. The next turn starts when all of these have their answers, so
 * that work which a library does after an answer belongs to its own turn.
 */
export const block = 50

/** The token in the answers of a bare route. */
export const bareToken = 'a'.repeat(40)
