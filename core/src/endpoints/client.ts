import { InvalidClientError } from '../errors/errors'
import type { MaybePromise } from '../async/maybe-promise'
import { type OAuthRequest, type Values, parameter } from '../http/request'
import {
  type AssertionParameters,
  type ClientCredentials,
  type ClientParameters,
  assertionCredentials,
} from '../protocol/client-authentication'
import type { StorageClient } from '../storage/storage'
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

/**
 * Returns the client credentials of a request, from its header or its form. `values` are the
 * unchecked parameters of the form.
 */
export function credentialsOf(
  { settings: { profile, clientIdRegex } }: Context,
  request: OAuthRequest,
  form: ClientParameters,
  values: Values,
): MaybePromise<ClientCredentials> {
  const assertion = profile.clientAssertions ? assertionIn(values) : undefined
  return assertion === undefined
    ? profile.clientCredentials(request, form, clientIdRegex)
    : assertionCredentials(request, form, assertion, clientIdRegex)
}

function assertionIn(values: Values): AssertionParameters | undefined {
  const client_assertion = parameter(values, 'client_assertion')
  const client_assertion_type = parameter(values, 'client_assertion_type')
  if (client_assertion === undefined && client_assertion_type === undefined) return undefined
  return { client_assertion, client_assertion_type }
}
