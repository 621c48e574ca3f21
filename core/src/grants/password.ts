import { optionError } from '../errors/option-error'
import { addressOf } from '../context'
import { InvalidGrantError } from '../errors/errors'
import { longestParameter } from '../http/request'
import { narrowResource } from '../protocol/resource'
import { longestId } from '../contract/ids'
import { grantType } from './grant-type'

/**
 * A user's name and password are exchanged for tokens (RFC 6749 4.3). OAuth 2.1 has removed it, so it
 * must be named in the option `grants`.
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
    const resource = narrowResource(form.resource, settings.resources)
    const address = addressOf(context, request)
    const attempt = { clientId: client.id, username, address }
    const user = await limited(attempt, [secret], () => storage.authenticateUser(username, secret))
    if (!user) {
      // Without the name: in its place people type their password.
      emit('user.authentication_failed', { clientId: client.id, address })
      throw new InvalidGrantError('User credentials are invalid')
    }
    return { user, scope, resource }
  },

  assertSettings({ users }, store) {
    if (!users.authenticate && !store.getUserByUsername) {
      throw optionError(
        'grants',
        'has "password", and the store keeps no users: give "users" with authenticate()',
      )
    }
    warnOnce()
  },
})

let warned = false

/** RFC 9700 2.4: the grant type shows the user's password to the client. */
function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    '"grants" has "password", which is no part of OAuth 2.1: only clients of your own may use it',
    { code: 'OAUTH2_KIT_PASSWORD_GRANT' },
  )
}
