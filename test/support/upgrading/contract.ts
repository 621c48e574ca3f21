import type { RequestHandler } from 'express'

/** What these servers pass to a model as a code or token. */
export interface Token {
  authorizationCode?: string
  accessToken?: string
  refreshToken?: string
  scope?: string | string[]
}

/** A client as the models return it. */
export interface Client {
  id: string
  grants: string[]
}

/** The Express middlewares of these servers. */
export interface Wrapper {
  token(options?: object): RequestHandler
  authorize(options?: object): RequestHandler
  authenticate(options?: object): RequestHandler
}

/** The class that a package of such middlewares exports. */
export type WrapperClass = new (options: object) => Wrapper

/** The server below such middlewares. */
export interface OAuth2ServerClass {
  Request: new (message: object) => object
  Response: new (message: object) => object
  new (options: object): {
    authorize(request: object, response: object, options: object): Promise<Token>
  }
}
