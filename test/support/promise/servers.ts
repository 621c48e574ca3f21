import type { PromiseModel } from '@oauth2-kit/core'

/** A request or response of a server: what it reads and writes. */
interface ServerResponse {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
}

/** A server, in the parts that the tests use. Its methods resolve with a token or code. */
interface Server {
  authenticate(request: object, response: object, options?: object): Promise<unknown>
  authorize(request: object, response: object, options?: object): Promise<unknown>
  token(request: object, response: object, options?: object): Promise<unknown>
}

/** One of the packages that take a promise model. */
export interface ServerPackage {
  new (options: { model: object } & Record<string, unknown>): Server
  Request: new (request: object) => object
  Response: new (response: object) => ServerResponse
}

/** A server in one version. */
export interface PromiseServer {
  name: string
  /** The line of versions that it belongs to. */
  line: '3' | '4' | '5'
  server: ServerPackage
  scopeFormat: 'array' | 'string'
  /** Whether it supports PKCE (RFC 7636). */
  hasPkce: boolean
}

function promiseServer(name: string, module: string, hasPkce = true): PromiseServer {
  const line = /(\d)\.\d/.exec(name)![1] as PromiseServer['line']
  return {
    name,
    line,
    // Typed here, because not every version has types.
    server: require(module) as ServerPackage,
    scopeFormat: line === '5' ? 'array' : 'string',
    hasPkce,
  }
}

/** The lowest and the highest published version of each line. */
export const promiseServers: PromiseServer[] = [
  promiseServer('oauth2-server 3.0.0', 'oauth2-server3.0', false),
  promiseServer('oauth2-server 3.1.1', 'oauth2-server3.1', false),
  promiseServer('@node-oauth/oauth2-server 4.1.1', 'oauth2-server4.1', false),
  promiseServer('@node-oauth/oauth2-server 4.3.3', 'oauth2-server4.3'),
  promiseServer('@node-oauth/oauth2-server 5.0.0', 'oauth2-server5.0'),
  promiseServer('@node-oauth/oauth2-server 5.3.0', '@node-oauth/oauth2-server'),
]

/** The newest server. */
export const newest: PromiseServer = promiseServers.at(-1)!

/** The model in either form, for a server of any line. */
export type AnyPromiseModel = PromiseModel | PromiseModel<string>
