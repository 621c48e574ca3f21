import type { OAuth2Error } from './errors/errors'
import type { Emit } from './events'
import type { OAuthRequest } from './http/request'
import type { Settings } from './options/settings'
import type { Limited } from './limiting'
import type { Storage } from './storage/storage'

/** What every endpoint works with. */
export interface Context {
  readonly settings: Settings
  readonly storage: Storage
  readonly emit: Emit
  /** Looks at secrets and passwords. */
  readonly limited: Limited
  /** Tells the `debug` option about an error that was answered. */
  report(error: OAuth2Error): void
  /**
   * What was thrown, if it is an OAuth 2 error; else one that says no more than that something
   * failed.
   */
  asOAuth2Error(thrown: unknown): OAuth2Error
}

/** Where a request came from, as far as it is known. */
export function addressOf(
  { settings: { clientAddress } }: Context,
  request: OAuthRequest,
): string | undefined {
  return clientAddress ? clientAddress(request.native.request as never) : request.address
}
