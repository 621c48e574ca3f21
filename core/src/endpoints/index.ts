import { authorizationEndpoint } from './authorize'
import { introspectionEndpoint } from './introspect'
import { jwksEndpoint } from './jwks'
import { revocationEndpoint } from './revoke'
import { tokenEndpoint } from './token'

/** The registry: an endpoint exists if it is listed here. */
export const endpoints = [
  authorizationEndpoint,
  tokenEndpoint,
  revocationEndpoint,
  introspectionEndpoint,
  jwksEndpoint,
] as const

/** The name of an endpoint in the option `endpoints`. */
export type EndpointName = (typeof endpoints)[number]['name']
