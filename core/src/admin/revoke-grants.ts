import { readOptions } from '../options/read-options'
import { emitterOf } from '../events'
import type { Selector, Store } from '../contract/store'
import { assertMethods } from '../contract/needs-store'
import { revoking } from '../storage/revoking'
import { type AdminOptions, adminRules } from './admin-options'

/**
 * Revokes one grant, or all grants of a user, of a client, or of a user at a client. Resolves with
 * the number of revoked grants. From then on, none of their tokens is valid. Throws an OptionError
 * if the selector has no id, because a missing id never means "all", or if an option is wrong.
 */
export async function revokeGrants(
  store: Pick<Store, 'revoke'>,
  selector: Selector,
  options: AdminOptions = {},
): Promise<number> {
  assertMethods(store, ['revoke'], 'revokeGrants()')
  const { events } = readOptions(options, adminRules, { of: 'revokeGrants()' })
  // The grants are revoked even if a listener throws.
  const emit = events && emitterOf(events, (error) => process.emitWarning(error))
  return revoking((those) => store.revoke(those), emit)(selector)
}
