import { type Selector, revokeGrants } from '@oauth2-kit/core'
import { UsageError, type Values, text } from '../command'
import type { StoreCommand } from '../with-store'

export const revoke: StoreCommand = {
  name: 'revoke',
  summary: 'revokes grants with all their codes and tokens',
  positionals: [],
  options: {
    user: {
      type: 'string',
      value: 'ID',
      about: 'all grants of the user with this id',
      property: 'userId',
    },
    client: { type: 'string', value: 'ID', about: 'all grants of a client', property: 'clientId' },
    grant: { type: 'string', value: 'ID', about: 'one grant', property: 'grantId' },
  },
  notes: ['With both --user and --client: the grants of that user at that client.'],

  async run({ values }, store) {
    const revoked = await revokeGrants(store, selectorOf(values))
    return { json: { revoked }, text: `Grants revoked: ${revoked}` }
  },
}

function selectorOf(values: Values): Selector {
  const [userId, clientId, grantId] = ['user', 'client', 'grant'].map((name) => text(values, name))
  if (grantId !== undefined && userId === undefined && clientId === undefined) return { grantId }
  if (grantId !== undefined)
    throw new UsageError("--grant can't be combined with --user or --client")
  if (userId !== undefined) return clientId === undefined ? { userId } : { userId, clientId }
  if (clientId !== undefined) return { clientId }
  throw new UsageError('nothing to revoke: use --user, --client, both of them, or --grant')
}
