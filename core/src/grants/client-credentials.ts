import { InvalidGrantError } from '../errors/errors'
import { narrowResource, resourcesFor } from '../protocol/resource'
import { grantType } from './grant-type'

/** Issues a token to a client for itself (RFC 6749 4.4). */
export const clientCredentials = grantType({
  name: 'client_credentials',
  parameters: {},
  // RFC 6749 4.4: only for confidential clients.
  publicClients: false,
  isRepeatable: true,

  async check({ context: { settings, storage }, form, client, credentials }) {
    const { profile } = settings
    const scope = profile.scope(form.scope, client.scopes)
    const resource = narrowResource(form.resource, resourcesFor(client, settings))
    const user = await storage.findClientUser(client, credentials)
    if (user === null) throw new InvalidGrantError('Client credentials are invalid')
    return { user, scope, resource, refresh: profile.refreshesClientCredentials }
  },
})
