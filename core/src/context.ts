import type { OAuth2Error } from './errors/errors'
import type { Emit } from './events'
import type { RemoteKeySets } from './http/remote-key-sets'
import type { OAuthRequest } from './http/request'
import type { KeyRing } from './crypto/key-ring'
import type { Settings } from './options/settings'
import type { Limited } from './limiting'
import type { Storage } from './storage/storage'

/** Shared dependencies of every endpoint. */
export interface Context {
  readonly settings: Settings
  readonly storage: Storage
  /** The keys that sign access tokens. Undefined without the option `keys`. */
  readonly keys: KeyRing | undefined
  readonly emit: Emit
  /** The public keys that clients and trusted issuers publish. */
  readonly keySets: RemoteKeySets
  /** Verifies secrets and passwords under the limiter. */
  readonly limited: Limited
  /** Limits the clients that register themselves. */
  readonly limitedRegistrations: Limited
  /** Passes an error that was sent to the client to the `debug` option. */
  report(error: OAuth2Error): void
  /**
   * Returns an OAuth 2 error unchanged. Replaces any other thrown value with an OAuth 2 error that
   * does not reveal the reason.
   */
  asOAuth2Error(thrown: unknown): OAuth2Error
}

/** Returns the address that a request came from, or undefined if it is unknown. */
export function addressOf(
  { settings: { clientAddress } }: Context,
  request: OAuthRequest,
): string | undefined {
  return clientAddress ? clientAddress(request.native.request as never) : request.address
}
