import type { Selector } from '@oauth2-kit/core'
import { type Options, UsageError, type Values, text } from '../command'

/** The options that select grants. */
export const selectorOptions: Options = {
  user: {
    type: 'string',
    value: 'ID',
    about: 'all grants of the user with this id',
    property: 'userId',
  },
  client: { type: 'string', value: 'ID', about: 'all grants of a client', property: 'clientId' },
  grant: { type: 'string', value: 'ID', about: 'one grant', property: 'grantId' },
}

export const selectorNotes = [
  'With both --user and --client: the grants of that user at that client.',
]

/** Returns the selector of the options. Throws a `UsageError` if there is none. */
export function selectorOf(values: Values, verb: 'list' | 'revoke'): Selector {
  const [userId, clientId, grantId] = ['user', 'client', 'grant'].map((name) => text(values, name))
  if (grantId !== undefined && userId === undefined && clientId === undefined) return { grantId }
  if (grantId !== undefined)
    throw new UsageError("--grant can't be combined with --user or --client")
  if (userId !== undefined) return clientId === undefined ? { userId } : { userId, clientId }
  if (clientId !== undefined) return { clientId }
  throw new UsageError(`nothing to ${verb}: use --user, --client, both of them, or --grant`)
}
