import type { ContenderName } from '../contenders'

/** What is asked of a server: a protected resource, or tokens for the client itself. */
export type Endpoint = 'resource' | 'token'

/** How a server is set up. */
export interface Setup {
  /** The library in front of the route, or none. */
  contender?: ContenderName
  /** Whether `express.urlencoded()` stands in front. */
  parser?: boolean
  /** Whether it is bare node:http, without Express. */
  node?: boolean
  /** Whether it is the core's `createServer(app)` that listens, and not `app.listen()`. */
  quick?: boolean
}

/** A server that listens, and what to ask it for. */
export interface Listening {
  port: number
  path: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body: string
}
