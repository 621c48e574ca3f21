import { readOptions } from '../options/read-options'
import { type Events, emitterOf } from '../events'
import type { Selector, Store } from '../store/contract'
import { revoking } from '../store/revoking'
import { adminRules } from './admin-options'

/** Options of the functions that revoke. */
export interface AdminOptions {
  /** The events of the server, to be told there as `grant.revoked`: `oauth.events`. @default none */
  events?: Events
}

/**
 * Revokes one grant, or all of a user, of a client, or of a user at a client, and gives their
 * number. Once resolved, none of their tokens is valid. Throws a TypeError for a selector that
 * selects nothing in particular, since a missing id never means "all", and for a wrong option.
 */
export async function revokeGrants(
  store: Pick<Store, 'revoke'>,
  selector: Selector,
  options: AdminOptions = {},
): Promise<number> {
  const { events } = readOptions(options, adminRules, { of: 'revokeGrants()' })
  // It is done, whatever a listener thinks of it.
  const emit = events && emitterOf(events, (error) => process.emitWarning(error))
  return revoking((those) => store.revoke(those), emit)(selector)
}
