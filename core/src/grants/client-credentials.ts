import { InvalidGrantError } from '../errors'
import { narrowResource } from '../security/resource'
import { narrowScope } from '../security/scope'
import type { GrantType } from './grant-type'

/** The client's own credentials for a token (RFC 6749 4.4). */
export const clientCredentials: GrantType = {
  async check({ server: { settings, port }, form, client, credentials }) {
    const { profile } = settings
    // RFC 6749 4.4: only for confidential clients.
    if (client.type === 'public') throw profile.unauthorizedGrantType()
    const scope = profile.scopes ? narrowScope(form.scope, client.scopes) : ''
    const resource = narrowResource(form.resource, settings.resources)
    const user = await port.findClientUser(client, credentials)
    if (user === null) throw new InvalidGrantError('Client credentials are invalid')
    return { user, scope, resource, refresh: profile.refreshesClientCredentials }
  },
}
