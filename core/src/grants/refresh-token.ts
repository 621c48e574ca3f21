import { InvalidGrantError, InvalidRequestError } from '../errors/errors'
import { longestParameter } from '../http/request'
import { narrowResource, presentResources, resourcesFor } from '../protocol/resource'
import { grantType } from './grant-type'

/** Exchanges a refresh token for new tokens (RFC 6749 6). */
export const refreshToken = grantType({
  name: 'refresh_token',
  parameters: { refresh_token: longestParameter },
  presented: {
    parameter: 'refresh_token',
    find: (storage, token) => storage.findRefreshToken(token),
  },

  async check({ context: { settings }, form, client, presented, at }) {
    const { profile } = settings
    if (form.refresh_token === undefined)
      throw new InvalidRequestError('No "refresh_token" parameter')
    if (!presented || presented.clientId !== client.id)
      throw new InvalidGrantError('Invalid refresh token')
    if (profile.hasExpired(presented.expiresAt, at) && !(await presented.mayBeRedeemed())) {
      throw new InvalidGrantError('Refresh token has expired')
    }
    const user = presented.findUser()
    const { scope } = presented
    const resource = presentResources(presented.resource, resourcesFor(client, settings))
    // RFC 6749 6 and RFC 8707 2.2: the scope and resources must not exceed those of the grant. They
    // must also not exceed the client's current registration, which may be narrower than it was at
    // the time of the grant.
    return {
      user,
      resource: narrowResource(form.resource, resource),
      scope: profile.refreshedScope(form.scope, scope, client.scopes),
    }
  },
})
