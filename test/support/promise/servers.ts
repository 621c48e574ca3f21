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

function load(name: string): ServerPackage {
  // oxlint-disable-next-line node/global-require -- typed here, because not every version has types
  return require(name) as ServerPackage
}

const ofLine = (line: PromiseServer['line'], scopeFormat: PromiseServer['scopeFormat']) => ({
  line,
  scopeFormat,
})

/** The lowest and the highest published version of each line. */
export const promiseServers: PromiseServer[] = [
  {
    name: 'oauth2-server 3.0.0',
    ...ofLine('3', 'string'),
    server: load('oauth2-server3.0'),
    hasPkce: false,
  },
  {
    name: 'oauth2-server 3.1.1',
    ...ofLine('3', 'string'),
    server: load('oauth2-server3.1'),
    hasPkce: false,
  },
  {
    name: '@node-oauth/oauth2-server 4.1.1',
    ...ofLine('4', 'string'),
    server: load('oauth2-server4.1'),
    hasPkce: false,
  },
  {
    name: '@node-oauth/oauth2-server 4.3.3',
    ...ofLine('4', 'string'),
    server: load('oauth2-server4.3'),
    hasPkce: true,
  },
  {
    name: '@node-oauth/oauth2-server 5.0.0',
    ...ofLine('5', 'array'),
    server: load('oauth2-server5.0'),
    hasPkce: true,
  },
  {
    name: '@node-oauth/oauth2-server 5.3.0',
    ...ofLine('5', 'array'),
    server: load('@node-oauth/oauth2-server'),
    hasPkce: true,
  },
]

/** The newest server. */
export const newest: PromiseServer = promiseServers.at(-1)!

/** The model in either form, for a server of any line. */
export type AnyPromiseModel = PromiseModel | PromiseModel<string>
