import { revokeGrants } from '@oauth2-kit/core'
import type { StoreCommand } from '../with-store'
import { assertMeant, selectorNotes, selectorOf, selectorOptions } from './selector'

export const revoke: StoreCommand = {
  name: 'revoke',
  summary: 'revokes grants with all their codes and tokens',
  positionals: [],
  options: selectorOptions,
  notes: selectorNotes,

  async run({ values }, store) {
    const selector = selectorOf(values, 'revoke')
    const revoked = await revokeGrants(store, selector)
    if (revoked === 0) await assertMeant(store, selector)
    return { json: { revoked }, text: `Grants revoked: ${revoked}` }
  },
}
