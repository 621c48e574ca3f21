import { addressOf } from '../endpoints/client'
import { InvalidGrantError } from '../errors'
import { narrowResource } from '../security/resource'
import { narrowScope } from '../security/scope'
import type { GrantType } from './grant-type'

/**
 * A user's name and password for tokens (RFC 6749 4.3). Gone from OAuth 2.1: on offer only where it
 * is asked for.
 */
export const password: GrantType = {
  async check({ server, request, form, client }) {
    const { settings, port, emit, limited } = server
    const { profile } = settings
    const { username, password: secret } = form
    if (username === undefined || secret === undefined) throw profile.missingUserCredentials()
    const scope = profile.scopes ? narrowScope(form.scope, client.scopes) : ''
    const resource = narrowResource(form.resource, settings.resources)
    const address = addressOf(server, request)
    const attempt = { clientId: client.id, username, address }
    const user = await limited(attempt, [secret], () => port.authenticateUser(username, secret))
    if (!user) {
      // Without the name: in its place people type their password.
      emit('user.authentication_failed', { clientId: client.id, address })
      throw new InvalidGrantError('User credentials are invalid')
    }
    return { user, scope, resource }
  },
}
