import { optionError } from '../errors/option-error'
import { InvalidRequestError } from '../errors/errors'
import { narrowResource, resourcesFor } from '../protocol/resource'
import { grantType } from './grant-type'
import { parsedUrl } from '../values/parsed-url'

// RFC 7521 4.1: the client can present another assertion, so it gets no refresh token.
const assertion = /^urn:ietf:params:oauth:grant-type:[a-z0-9]+-bearer$/

function isAssertion(grantType = ''): boolean {
  return assertion.test(grantType)
}

/**
 * The grant types that the application defines (RFC 6749 4.5). The name of each is an absolute URI.
 * The option `extendedGrant` returns the user.
 */
export const extension = grantType({
  name: 'extension',
  parameters: {},

  async check({ context: { settings, storage }, form, client, request }) {
    const { profile } = settings
    const scope = profile.scope(form.scope, client.scopes)
    const resource = narrowResource(form.resource, resourcesFor(client, settings))
    const { supported, user } = await storage.extend(form.grant_type ?? '', request)
    if (!supported) throw profile.unsupportedExtension()
    const { id, _id } = (user ?? {}) as { id?: unknown; _id?: unknown }
    if (id === undefined && _id === undefined) throw new InvalidRequestError('Invalid request.')
    return {
      user,
      scope,
      resource,
      refresh: profile.refreshesAssertions || !isAssertion(form.grant_type),
    }
  },

  assertSettings({ grants, extendedGrant }) {
    if (extendedGrant) return
    const name = grants.find((grant) => parsedUrl(grant))
    throw optionError(
      'grants',
      `has "${name}", but "extendedGrant" is missing: set it, or remove "${name}"`,
    )
  },
})
