import { addressOf, type Context } from '../context'
import { optionError } from '../errors/option-error'
import { type OAuthRequest, parameter, postedForm, repeatable } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import { deviceCodeName } from '../options/device-codes'
import { withParameters } from '../protocol/redirect-uri'
import { narrowResource, resourcesFor } from '../protocol/resource'
import { shownUserCode } from '../protocol/user-code'
import type { DeviceStorage } from '../storage/storage'
import { authenticateClient, credentialsIn } from './client'
import type { Endpoint } from './endpoint'
import type { EndpointDefinition } from './endpoint-definition'
import { advertisedPath } from './misplaced'

/**
 * The endpoint where a device without a browser or keyboard gets the codes for its user (RFC 8628 3.1).
 */
export const deviceAuthorizationEndpoint = {
  name: 'device_authorization',
  path: '/device_authorization',
  cors: true,
  isDefault: offersDeviceCodes,
  metadata: (_settings, url) => ({ device_authorization_endpoint: url }),
  create(context): Endpoint {
    const devices = devicesOf(context)
    return { answer: (request) => begin(context, devices, request), scheme: 'Basic' }
  },
} as const satisfies EndpointDefinition

/** Returns whether the server offers the grant type of devices. */
export function offersDeviceCodes({ settings: { grants, profile } }: Context): boolean {
  return profile.name === 'oauth2.1' && grants.includes(deviceCodeName)
}

/** Returns the requests of devices. Throws an OptionError if the server does not offer them. */
export function devicesOf(context: Context): DeviceStorage {
  const { devices } = context.storage
  if (devices && offersDeviceCodes(context)) return devices
  throw optionError(
    'grants',
    `lacks "${deviceCodeName}", which devices need: add it, or leave out the endpoints ` +
      '"device_authorization" and "device"',
  )
}

/** RFC 8628 3.1 and 3.2 */
async function begin(
  context: Context,
  devices: DeviceStorage,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  const { storage, settings } = context
  const values = await postedForm(request)
  const requested = {
    scope: parameter(values, 'scope'),
    resource: settings.resources ? repeatable(values, 'resource') : [],
  }
  const credentials = await credentialsIn(context, request, values)
  const { client, acceptOnce } = await authenticateClient(context, request, credentials)
  await acceptOnce?.()
  if (!(await storage.allowsGrant(client, deviceCodeName)))
    throw settings.profile.unauthorizedGrantType()
  const { deviceCode, userCode, expiresIn, interval } = await devices.start({
    client,
    scope: settings.profile.scope(requested.scope, client.scopes),
    resource: narrowResource(requested.resource, resourcesFor(client, settings)),
    address: addressOf(context, request),
  })
  const uri = settings.verificationUri ?? pageUrl(context, request)
  const shown = shownUserCode(userCode)
  const body = {
    device_code: deviceCode,
    user_code: shown,
    verification_uri: uri,
    verification_uri_complete: withParameters(uri, { user_code: shown }),
    expires_in: expiresIn,
    interval,
  }
  return jsonResponse(200, body, noStore)
}

/** Returns the URL of the endpoint `device`, which is beside this one. */
function pageUrl({ settings }: Context, { path }: OAuthRequest): string {
  const { path: own } = deviceAuthorizationEndpoint
  const beside = path.endsWith(own) ? `${path.slice(0, -own.length)}/device` : '/oauth/device'
  return `${new URL(settings.issuer!).origin}${advertisedPath(settings, 'device') ?? beside}`
}
