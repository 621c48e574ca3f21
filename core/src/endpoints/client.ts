import { InvalidClientError } from '../errors'
import type { OAuthRequest } from '../http/request'
import type { ClientParameters } from '../security/client-authentication'
import type { ClientCredentials, PortClient } from '../store/port'
import type { Server } from './server'

/** Who asks, as the request proves it (RFC 6749 2.3); a public client has nothing to prove it by. */
export async function authenticateClient(
  server: Server,
  request: OAuthRequest,
  credentials: ClientCredentials,
): Promise<PortClient> {
  const { port, emit, limited } = server
  const attempt = { clientId: credentials.id, address: addressOf(server, request) }
  const client = await port.authenticateClient(credentials, (verify) =>
    limited(attempt, credentials.secrets, verify),
  )
  if (client) return client
  emit('client.authentication_failed', attempt)
  throw new InvalidClientError('Client credentials are invalid')
}

/** The credentials of a request, wherever they stand. */
export function credentialsOf(
  { settings: { profile, clientIdRegex } }: Server,
  request: OAuthRequest,
  form: ClientParameters,
): ClientCredentials {
  return profile.clientCredentials(request, form, clientIdRegex)
}

/** Where a request came from, as far as it is known. */
export function addressOf(
  { settings: { clientAddress } }: Server,
  request: OAuthRequest,
): string | undefined {
  return clientAddress ? clientAddress(request.native.request as never) : request.address
}
