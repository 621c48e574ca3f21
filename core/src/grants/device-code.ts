import {
  AuthorizationPendingError,
  ExpiredTokenError,
  InvalidGrantError,
  InvalidRequestError,
  SlowDownError,
} from '../errors/errors'
import { DeviceDeniedError } from '../errors/refusals'
import { longestParameter } from '../http/request'
import { deviceCodeName } from '../options/device-codes'
import { assertIssuer } from '../options/issuer'
import { narrowResource, presentResources, resourcesFor } from '../protocol/resource'
import type { DeviceState } from '../storage/storage'
import { grantType } from './grant-type'

/** Exchanges the device code of a device that the user has allowed for tokens (RFC 8628 3.4). */
export const deviceCode = grantType({
  name: deviceCodeName,
  parameters: { device_code: longestParameter },
  presented: {
    parameter: 'device_code',
    find: async (storage, code) => (await storage.findDeviceCode?.(code)) ?? null,
  },

  async check({ context: { settings, storage }, form, client, presented, at }) {
    const { device_code: code } = form
    if (code === undefined) throw new InvalidRequestError('No "device_code" parameter')
    if (!presented)
      throw refusals[(await storage.devices?.stateOf(code, client.id, at)) ?? 'unknown']()
    if (presented.clientId !== client.id) throw refusals.unknown()
    const { expiresAt, scope } = presented
    const hasExpired = expiresAt === null || !(expiresAt > at)
    if (hasExpired && !(await presented.mayBeRedeemed())) throw refusals.expired()
    if (await storage.devices?.isDenied(code)) {
      await presented.end()
      throw refusals.denied()
    }
    const resource = presentResources(presented.resource, resourcesFor(client, settings))
    // The registration of the client may be narrower than it was when the user allowed the device.
    return {
      user: presented.findUser(),
      scope: settings.profile.refreshedScope(undefined, scope, client.scopes),
      resource: narrowResource(form.resource, resource),
    }
  },

  // In the profile 'v2', the name is that of an extension grant.
  isEnabled: ({ profile }) => profile.name === 'oauth2.1',

  assertSettings: assertIssuer,
})

/** The errors of device codes that cannot be redeemed (RFC 8628 3.5). */
const refusals: Readonly<Record<DeviceState, () => Error>> = {
  unknown: () => new InvalidGrantError('Invalid device code'),
  pending: () => new AuthorizationPendingError(),
  'too soon': () => new SlowDownError(),
  denied: () => new DeviceDeniedError('The user has denied the request'),
  expired: () => new ExpiredTokenError(),
}
