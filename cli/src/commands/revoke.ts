import { revokeGrants } from '@oauth2-kit/core'
import type { StoreCommand } from '../with-store'
import { selectorNotes, selectorOf, selectorOptions } from './selector'

export const revoke: StoreCommand = {
  name: 'revoke',
  summary: 'revokes grants with all their codes and tokens',
  positionals: [],
  options: selectorOptions,
  notes: selectorNotes,

  async run({ values }, store) {
    const revoked = await revokeGrants(store, selectorOf(values, 'revoke'))
    return { json: { revoked }, text: `Grants revoked: ${revoked}` }
  },
}
