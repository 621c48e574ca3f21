import { registeredClient } from '../admin/registered-client'
import { randomHex } from '../crypto/random'
import { optionError } from '../errors/option-error'
import { InvalidRequestError, InvalidTokenError } from '../errors/errors'
import { tryAgain } from '../errors/refusals'
import type { OAuthRequest } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore, textResponse } from '../http/response'
import { addressOf } from '../context'
import { configurationMethods, configure } from './client-configuration'
import type { Endpoint } from './endpoint'
import type { EndpointDefinition } from './endpoint-definition'
import {
  type Registering,
  bearerIn,
  describedIn,
  informationOf,
  metadataIn,
} from './registration-request'
import { tokensOf } from './stores-only'

const methods = ['POST', ...configurationMethods].join(', ')

/**
 * The endpoint where clients register themselves (RFC 7591). With the parameter `client_id`, it is the
 * client configuration endpoint (RFC 7592). It needs the option `registration`.
 */
export const registrationEndpoint = {
  name: 'register',
  path: '/register',
  cors: true,
  isDefault: ({ settings }) => settings.registration !== undefined,
  metadata: (_settings, url) => ({ registration_endpoint: url }),
  create(context): Endpoint {
    tokensOf(context, 'The registration endpoint')
    const { registration } = context.settings
    const { clients } = context.storage
    if (!registration || !clients)
      throw optionError(
        'registration',
        'is missing, so clients cannot register themselves: set it, or leave out the endpoint "register"',
      )
    const registering = { context, registration, clients }
    return { answer: (request) => answer(registering, request), scheme: 'Bearer', methods }
  },
} as const satisfies EndpointDefinition

async function answer(registering: Registering, request: OAuthRequest): Promise<OAuthResponse> {
  const hasClient = 'client_id' in request.query
  if (configurationMethods.includes(request.method)) return configure(registering, request)
  if (request.method !== 'POST') return textResponse(405, 'Method Not Allowed', { Allow: methods })
  if (hasClient)
    throw new InvalidRequestError('POST registers a new client: send PUT to change this one')
  return register(registering, request)
}

/** Registers a client (RFC 7591 3). */
async function register(registering: Registering, request: OAuthRequest): Promise<OAuthResponse> {
  const { context, clients } = registering
  const { settings, emit } = context
  const address = addressOf(context, request)
  const hasInitialAccessToken = await checkInitialAccessToken(registering, request, address)
  const metadata = await metadataIn(request)
  // Such a registration costs the client nothing, so that every attempt counts.
  if (!hasInitialAccessToken) await takeAttempt(registering, address)
  const { described, policy, softwareStatement } = await describedIn(registering, metadata, {
    client: undefined,
    hasInitialAccessToken,
    address,
    request,
  })
  const { client, secret, accessToken } = await registeredClient(
    described,
    policy,
    settings.now(),
    softwareStatement,
  )
  // The id is random, so that only a store that fails says that it exists.
  if (!(await clients.createClient(client))) throw tryAgain('The client was not registered')
  emit('client.registered', { clientId: client.id, address })
  return jsonResponse(
    201,
    informationOf(registering, client, request, accessToken, secret ?? undefined),
    noStore,
  )
}

/**
 * Resolves with whether the request has a right initial access token (RFC 7591 3). A wrong one counts
 * as a guess. Throws an `invalid_token` if it is wrong, or if it is missing and required.
 */
async function checkInitialAccessToken(
  { context, registration }: Registering,
  request: OAuthRequest,
  address: string | undefined,
): Promise<boolean> {
  const { isInitialAccessToken, open } = registration
  if (!isInitialAccessToken) return false
  const token = bearerIn(request)
  if (token === undefined && open) return false
  const isRight =
    token !== undefined &&
    (await context.limitedRegistrations(attemptFrom(address), [token], async () =>
      isInitialAccessToken(token),
    ))
  if (isRight) return true
  const reason = `The initial access token is ${token === undefined ? 'missing' : 'wrong'}`
  context.emit('registration.refused', { address, reason })
  throw new InvalidTokenError(`${reason}: send it as "Authorization: Bearer"`)
}

/** Takes one of the registrations that are left to the address. Throws a 429 if none is left. */
async function takeAttempt({ context }: Registering, address: string | undefined): Promise<void> {
  // Each attempt has a secret of its own, because concurrent ones with the same secret count once.
  await context.limitedRegistrations(attemptFrom(address), [randomHex(16)], async () => false)
}

function attemptFrom(address: string | undefined) {
  return { clientId: '', registration: true, address } as const
}
