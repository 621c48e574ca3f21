import { authorizationEndpoint } from './authorize'
import { deviceEndpoint } from './device'
import { deviceAuthorizationEndpoint } from './device-authorization'
import { introspectionEndpoint } from './introspect'
import { jwksEndpoint } from './jwks'
import { registrationEndpoint } from './register'
import { pushedAuthorizationRequestEndpoint } from './par'
import { revocationEndpoint } from './revoke'
import { tokenEndpoint } from './token'

/** The registry: an endpoint exists if it is listed here. */
export const endpoints = [
  authorizationEndpoint,
  pushedAuthorizationRequestEndpoint,
  tokenEndpoint,
  revocationEndpoint,
  introspectionEndpoint,
  jwksEndpoint,
  registrationEndpoint,
  deviceAuthorizationEndpoint,
  deviceEndpoint,
] as const

/** The name of an endpoint in the option `endpoints`. */
export type EndpointName = (typeof endpoints)[number]['name']
