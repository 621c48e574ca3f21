/** The part of the 2.4 line that the benchmarks use: the package includes no types. */
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
