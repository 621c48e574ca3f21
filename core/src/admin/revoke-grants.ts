import { readOptions } from '../options/read-options'
import { emitterOf } from '../events'
import type { Selector, Store } from '../contract/store'
import { revoking } from '../storage/revoking'
import { type AdminOptions, adminRules } from './admin-options'

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
