import type { Endpoint } from './endpoint'
import type { Settings } from '../options/settings'
import type { Context } from '../context'

/** The endpoints with the pages of the application. Undefined if it has no such pages. */
export interface PageEndpoints {
  authorization?: Endpoint | undefined
  device?: Endpoint | undefined
}

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
  /** Returns whether the router mounts it if the option `endpoints` is undefined. */
  isDefault(context: Context): boolean
  /** Returns the endpoint's members of the metadata (RFC 8414 2). `url` is its URL. */
  metadata(settings: Settings, url: string): Record<string, unknown>
  /**
   * Returns the endpoint. Throws a TypeError if the endpoint needs something that is missing.
   */
  create(context: Context, pages: PageEndpoints): Endpoint
}
