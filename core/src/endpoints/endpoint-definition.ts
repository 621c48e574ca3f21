import type { Endpoint } from './endpoint'
import type { Settings } from '../options/settings'
import type { Context } from '../context'

/**
 * One endpoint below the option `prefix` of the router. The router, the option `endpoints` and the
 * metadata derive from this definition and the registry in `index.ts`.
 */
export interface EndpointDefinition<N extends string = string> {
  /** Its name in the option `endpoints`. */
  readonly name: N
  /** Its path below the prefix, such as `/token`. */
  readonly path: `/${string}`
  /** Whether scripts of the origins in the option `cors` may call it. */
  readonly cors: boolean
  /** Whether it is there if the option `endpoints` is undefined. */
  isDefault(context: Context): boolean
  /** Returns its members of the metadata (RFC 8414 2). `url` is where it is. */
  metadata(settings: Settings, url: string): Record<string, unknown>
  /**
   * Makes the endpoint. `authorization` is the authorization endpoint with the application's pages, if
   * it has any. Throws a TypeError if something that the endpoint needs is missing.
   */
  create(context: Context, authorization?: Endpoint): Endpoint
}
