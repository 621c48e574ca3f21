import { type Context, addressOf } from '../context'
import { type Expected, hookAnswer, hookError } from '../contract/hook-answer'
import type { ClientInfo } from '../contract/store'
import { optionError } from '../errors/option-error'
import { InvalidRequestError } from '../errors/errors'
import { pageHeaders } from '../http/headers'
import { type OAuthRequest, type Values, isForm, parameter } from '../http/request'
import { type OAuthResponse, redirectResponse } from '../http/response'
import { deviceCodeName } from '../options/device-codes'
import { presentResources, resourcesFor } from '../protocol/resource'
import { scopesIn } from '../protocol/scope'
import { shownUserCode, userCodeIn } from '../protocol/user-code'
import { allowedScopeOnce } from '../storage/allowed-scope'
import { exposedClient } from '../storage/exposed-client'
import type { DeviceRequest, DeviceStorage, StorageClient } from '../storage/storage'
import type { AuthorizationRequest } from './authorization-request'
import { type Decider, assertNarrower, assertUser } from './authorize'
import { devicesOf, offersDeviceCodes } from './device-authorization'
import type { Endpoint } from './endpoint'
import type { EndpointDefinition } from './endpoint-definition'
import { errorPage } from './error-response'

/**
 * What the page for devices shows. `enter` is the form for the user code, whose field is `user_code`.
 * `unknown` is the same form after a code that is wrong, expired or was used: do not say which.
 * `allowed` and `denied` are the result: the user goes back to the device.
 */
export type DevicePage =
  | { step: 'enter' | 'unknown'; client?: undefined }
  | { step: 'allowed' | 'denied'; client: ClientInfo }

/** Shows a page for devices: resolves once the application has answered the request. */
export type ShowDevicePage = (page: DevicePage) => unknown

/** The hooks of the application, bound to a request. */
export interface DevicePages extends Decider {
  show: ShowDevicePage
}

/**
 * The page where a user enters the user code of a device and decides about it (RFC 8628 3.3). The
 * application provides its pages.
 */
export const deviceEndpoint = {
  name: 'device',
  path: '/device',
  // Browsers navigate to this endpoint, scripts never call it.
  cors: false,
  isDefault: offersDeviceCodes,
  metadata: () => ({}),
  create(context, { device }) {
    devicesOf(context)
    if (device) return device
    throw optionError(
      'device',
      'is missing, or "authenticate" or "consent": pass all three hooks, or remove ' +
        `"${deviceCodeName}" from the option "grants"`,
    )
  },
} as const satisfies EndpointDefinition

/** Returns the page for devices, with the pages of the application. */
export function makeDevicePage(
  context: Context,
  pagesOf: (request: OAuthRequest) => DevicePages,
): Endpoint {
  const devices = devicesOf(context)
  return {
    answer: (request) => answer(context, devices, request, pagesOf(request)),
    headers: () => pageHeaders,
    describe: errorPage,
  }
}

const answered: Expected<null> = {
  holds: (value): value is null => value === null,
  words: 'null after it has sent a page',
}

async function answer(
  context: Context,
  devices: DeviceStorage,
  request: OAuthRequest,
  pages: DevicePages,
): Promise<OAuthResponse | null> {
  if (request.method !== 'GET' && request.method !== 'POST')
    throw new InvalidRequestError('Method must be GET or POST')
  const form = (isForm(request) ? await request.form() : request.body) ?? {}
  const show = (page: DevicePage) => hookAnswer('device', () => pages.show(page), answered)
  const inQuery = parameter(request.query, 'user_code')
  const text = inQuery ?? parameter(form, 'user_code')
  if (text === undefined) return show({ step: 'enter' })
  const userCode = userCodeIn(text)
  if (userCode === undefined) return show({ step: 'unknown' })
  // The code stays in the URL while the user signs in. It is looked up there.
  if (inQuery === undefined) return redirectResponse(303, `?user_code=${shownUserCode(userCode)}`)
  const found = await findRequest(context, devices, request, userCode)
  if (!found) return show({ step: 'unknown' })
  const outcome = await decide(context, devices, request, form, pages, found)
  if (outcome === null) return null
  return show(
    outcome === 'unknown'
      ? { step: outcome }
      : { step: outcome, client: exposedClient(found.client) },
  )
}

interface Found {
  device: DeviceRequest
  client: StorageClient
}

/**
 * Resolves with the request of a device and its client, or with `null` if the code is wrong. Throws a
 * `TooManyRequestsError` if the address has tried too many wrong codes (RFC 8628 5.1).
 */
async function findRequest(
  context: Context,
  devices: DeviceStorage,
  request: OAuthRequest,
  userCode: string,
): Promise<Found | null> {
  const attempt = { clientId: '', userCode: true, address: addressOf(context, request) } as const
  const device = await context.limited(attempt, [userCode], () => devices.find(userCode))
  const client = device && (await context.storage.findClient(device.clientId, request))
  if (!client || !(await context.storage.allowsGrant(client, deviceCodeName))) return null
  return { device, client }
}

/** Resolves with the decision of the user, or with `null` if the application has answered. */
async function decide(
  { settings }: Context,
  devices: DeviceStorage,
  request: OAuthRequest,
  form: Values,
  decider: Decider,
  { device, client }: Found,
): Promise<'allowed' | 'denied' | 'unknown' | null> {
  // The registration of the client may be narrower than it was when the device began.
  const scope = settings.profile.refreshedScope(undefined, device.scope, client.scopes)
  const resource = presentResources(device.resource, resourcesFor(client, settings))
  const narrowedScope = allowedScopeOnce(settings, { client, scope, request }, deviceCodeName)
  const asked: AuthorizationRequest = {
    client,
    scopes: scopesIn(scope),
    resources: resource ?? [],
    redirectUri: '',
    state: undefined,
    prompt: [],
    maxAge: undefined,
    form,
    device: {
      userCode: shownUserCode(device.userCode),
      address: device.address,
      requestedAt: new Date(device.requestedAt),
    },
  }
  const decision = await decider.decide(asked, async (user) => scopesIn(await narrowedScope(user)))
  if (!decision) return null
  if (!decision.allowed) return (await devices.deny(device)) ? 'denied' : 'unknown'
  assertAsked(request)
  assertUser(decision.user)
  const { user, metadata, authTime } = decision
  const most = await narrowedScope(user)
  const { scope: granted = most } = decision
  assertNarrower(granted, most)
  const order = { client, user, scope: granted, resource, metadata, authTime, request }
  return (await devices.allow(device, order)) ? 'allowed' : 'unknown'
}

/**
 * RFC 8628 5.4: the user must confirm that the device is theirs. Otherwise a link with a user code, to
 * which a signed-in user is sent, would be enough.
 */
function assertAsked({ method }: OAuthRequest): void {
  if (method === 'POST') return
  throw hookError(
    '"consent" allowed a device without a posted form: show a page whose form posts the decision',
  )
}
