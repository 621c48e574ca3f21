/** The 2.4 line has no types of its own: what the benchmarks use of it. */
declare module 'oauth2-server' {
  import type { RequestHandler } from 'express'

  interface Options {
    model: object
    grants?: readonly string[]
    accessTokenLifetime?: number
    refreshTokenLifetime?: number
    authCodeLifetime?: number
  }

  function oauthserver(options: Options): {
    authorise(): RequestHandler
    grant(): RequestHandler
  }

  export = oauthserver
}
