import { InvalidGrantError } from '../errors'
import { narrowScope } from '../security/scope'
import type { GrantType } from './grant-type'

/**
 * A user's name and password for tokens (RFC 6749 4.3). Gone from OAuth 2.1: on offer only where it
 * is asked for.
 */
export const password: GrantType = {
  async check({ server: { settings, port, emit }, form, client }) {
    const { profile } = settings
    const { username, password: secret } = form
    if (username === undefined || secret === undefined) throw profile.missingUserCredentials()
    const scope = profile.scopes ? narrowScope(form.scope, client.scopes) : ''
    const user = await port.authenticateUser(username, secret)
    if (!user) {
      emit('user.authentication_failed', { clientId: client.id })
      throw new InvalidGrantError('User credentials are invalid')
    }
    return { user, scope }
  },
}
