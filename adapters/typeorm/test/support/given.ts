import type { Credential, Grant, NewCredential } from '@oauth2-kit/core'
import type { TypeormStore } from '@oauth2-kit/typeorm'
import { aCredential, aGrant, refOf } from '../../../memory/test/support/given'

export {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aUser,
  all,
  refOf,
  t0,
} from '../../../memory/test/support/given'

/** Issues a grant with one credential, and gives both. */
export async function issued(
  store: TypeormStore,
  ofGrant: Partial<Grant> = {},
  ofCredential: Partial<NewCredential> = {},
): Promise<{ grant: Grant; credential: Credential }> {
  const [grant, credential] = [aGrant(ofGrant), aCredential(ofCredential)]
  await store.issue(grant, [credential])
  return { grant, credential: { ...credential, grant: refOf(grant) } }
}

/** Redeems, or fails. */
export async function redeemed(
  store: TypeormStore,
  old: Credential,
  ...successors: NewCredential[]
): Promise<void> {
  expect(await store.redeem(old, successors)).toEqual({ status: 'redeemed' })
}
