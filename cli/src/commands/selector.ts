import { type Selector, type Store, getUser } from '@oauth2-kit/core'
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

/**
 * For a selector without grants: throws a `UsageError` if it has a username instead of the id of a
 * user, or an id of no client. An operator must not believe that access has ended. A user or client
 * that the store doesn't have may be one of the application's own, but then there are grants.
 */
export async function assertMeant(store: Store, selector: Selector): Promise<void> {
  if ('userId' in selector && store.getUserByUsername && store.getUser) {
    const { userId } = selector
    const other = (await store.getUser(userId)) ? null : await getUser(store, userId)
    if (other) {
      throw new UsageError(
        `--user takes an id, and "${userId}" is a username: use --user ${other.id}`,
      )
    }
  }
  if ('clientId' in selector && selector.clientId !== undefined) {
    const { clientId } = selector
    if (!(await store.getClient(clientId)))
      throw new UsageError(`--client: there is no client with the id "${clientId}"`)
  }
}
