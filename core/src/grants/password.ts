import { optionError } from '../errors/option-error'
import { addressOf } from '../context'
import { InvalidGrantError } from '../errors/errors'
import { longestParameter } from '../http/request'
import { narrowResource, resourcesFor } from '../protocol/resource'
import { longestId } from '../contract/ids'
import { grantType } from './grant-type'

/**
 * Exchanges the name and password of a user for tokens (RFC 6749 4.3). OAuth 2.1 removed this grant
 * type, so the option `grants` must list it explicitly.
 */
export const password = grantType({
  name: 'password',
  parameters: { username: longestId, password: longestParameter },

  async check({ context, request, form, client }) {
    const { settings, storage, emit, limited } = context
    const { profile } = settings
    const { username, password: secret } = form
    if (username === undefined || secret === undefined) throw profile.missingUserCredentials()
    const scope = profile.scope(form.scope, client.scopes)
    const resource = narrowResource(form.resource, resourcesFor(client, settings))
    const address = addressOf(context, request)
    const attempt = { clientId: client.id, username, address }
    const user = await limited(attempt, [secret], () => storage.authenticateUser(username, secret))
    if (!user) {
      // The event omits the username, because users sometimes type their password there.
      emit('user.authentication_failed', { clientId: client.id, address })
      throw new InvalidGrantError('User credentials are invalid')
    }
    return { user, scope, resource }
  },

  assertSettings({ users }, store) {
    if (!users.authenticate && !store.getUserByUsername) {
      throw optionError(
        'grants',
        'has "password", but the store keeps no users: set "users" with authenticate()',
      )
    }
    warnOnce()
  },
})

let warned = false

/** RFC 9700 2.4: this grant type exposes the user's password to the client. */
function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    '"grants" has "password", which OAuth 2.1 removed: allow it only for your own clients',
    { code: 'OAUTH2_KIT_PASSWORD_GRANT' },
  )
}
