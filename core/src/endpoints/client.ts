import { InvalidClientError } from '../errors/errors'
import type { OAuthRequest } from '../http/request'
import type { ClientParameters } from '../protocol/client-authentication'
import type { StorageClient } from '../storage/storage'
import type { ClientCredentials } from '../protocol/client-authentication'
import { type Context, addressOf } from '../context'

/**
 * Resolves with the authenticated client (RFC 6749 2.3). A public client has no credentials and is
 * only identified. Throws an `invalid_client` if the credentials are wrong.
 */
export async function authenticateClient(
  context: Context,
  request: OAuthRequest,
  credentials: ClientCredentials,
): Promise<StorageClient> {
  const { storage, emit, limited } = context
  const attempt = { clientId: credentials.id, address: addressOf(context, request) }
  try {
    const client = await storage.authenticateClient(credentials, (verify) =>
      limited(attempt, credentials.secrets, verify),
    )
    if (client) return client
    throw new InvalidClientError('Client credentials are invalid')
  } catch (error) {
    if (error instanceof InvalidClientError)
      emit('client.authentication_failed', { ...attempt, reason: error.error_description })
    throw error
  }
}

/** Returns the client credentials of a request, from its header or its form. */
export function credentialsOf(
  { settings: { profile, clientIdRegex } }: Context,
  request: OAuthRequest,
  form: ClientParameters,
): ClientCredentials {
  return profile.clientCredentials(request, form, clientIdRegex)
}
