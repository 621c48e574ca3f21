import { descriptionOf } from '../errors/descriptions'
import { InvalidClientError } from '../errors/errors'
import { longestId } from '../contract/ids'
import type { MaybePromise } from '../async/maybe-promise'
import { type OAuthRequest, type Values, parameter } from '../http/request'
import {
  type AssertionParameters,
  type ClientCredentials,
  type ClientParameters,
  assertionCredentials,
} from '../protocol/client-authentication'
import { plainText } from '../protocol/plain-text'
import type { PendingUse, StorageClient } from '../storage/storage'
import { type Context, addressOf } from '../context'

/** The client of a request. */
export interface RequestClient {
  client: StorageClient
  /**
   * Accepts its credentials, if they are accepted only once (RFC 7523 3, 7). Must be called before the
   * request has an effect or gets an answer, and only if it is not to be sent again unchanged. Throws
   * an `invalid_client` if they were used before. Undefined for a secret.
   */
  acceptOnce?: () => Promise<void>
}

/**
 * Resolves with the authenticated client (RFC 6749 2.3). A public client has no credentials and is
 * only identified. Throws an `invalid_client` if the credentials are wrong.
 */
export async function authenticateClient(
  context: Context,
  request: OAuthRequest,
  credentials: ClientCredentials,
): Promise<RequestClient> {
  const { storage, emit, limited } = context
  const attempt = { clientId: credentials.id, address: addressOf(context, request) }
  const reported = <T>(authenticating: Promise<T>): Promise<T> =>
    authenticating.catch((error: unknown) => {
      if (error instanceof InvalidClientError)
        emit('client.authentication_failed', {
          ...attempt,
          reason: plainText(descriptionOf(error)),
        })
      throw error
    })
  const { client, pending } = await reported(
    known(
      storage.authenticateClient(
        credentials,
        (verify) => limited(attempt, credentials.secrets, verify),
        request,
      ),
    ),
  )
  if (!pending) return { client }
  return { client, acceptOnce: () => reported(assertFirstUse(context, pending)) }
}

async function known<T>(authenticating: Promise<T | null>): Promise<T> {
  const authenticated = await authenticating
  if (authenticated) return authenticated
  throw new InvalidClientError('Client credentials are invalid')
}

async function assertFirstUse({ storage }: Context, { use, until }: PendingUse): Promise<void> {
  if (await storage.isFirstUse?.(use, until)) return
  throw new InvalidClientError('The client assertion was refused: its jti has been used before')
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

/** Returns the client credentials of a request whose other parameters are read elsewhere. */
export function credentialsIn(
  context: Context,
  request: OAuthRequest,
  values: Values,
): MaybePromise<ClientCredentials> {
  const form = {
    client_id: parameter(values, 'client_id', longestId),
    client_secret: parameter(values, 'client_secret'),
  }
  return credentialsOf(context, request, form, values)
}

function assertionIn(values: Values): AssertionParameters | undefined {
  const client_assertion = parameter(values, 'client_assertion')
  const client_assertion_type = parameter(values, 'client_assertion_type')
  if (client_assertion === undefined && client_assertion_type === undefined) return undefined
  return { client_assertion, client_assertion_type }
}
