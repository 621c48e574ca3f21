import type { ContenderName } from '../contenders'

/** What is asked of a server: a protected resource, a token for the client itself, or a refresh. */
export type Endpoint = 'resource' | 'token' | 'refresh'

/** How a server is set up. */
export interface Setup {
  /** The library in front of the route, or none. */
  contender?: ContenderName
  /** Whether `express.urlencoded()` stands in front of it. */
  parser?: boolean
  /** Whether it is bare node:http, without Express. */
  node?: boolean
  /** Whether it is the core's `createServer(app)` that listens, and not `app.listen()`. */
  quick?: boolean
}

/** What a server is asked: to listen, or, around a number of requests, what it took. */
export type Question = 'start' | 'begin' | 'end'

/** A server that listens, and what to ask it for. */
export interface Listening {
  port: number
  path: string
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  /** A body for each connection; of a refresh only the first, the others come from the answers. */
  bodies: readonly string[]
}

/** How many connections there are, each with one request under way. */
export const connections = 8

/**
 * Requests that are answered before the other one may have its turn. The next ones are sent when all
 * of these have their answers: what a library goes on doing for a request is its own turn's.
 */
export const block = 50

/** The token in the answers of a bare route. */
export const bareToken = 'a'.repeat(40)
