import type { Client, ClientInfo } from '../contract/store'
import type { Context } from '../context'
import {
  AccessDeniedError,
  InvalidClientMetadataError,
  InvalidRequestError,
  InvalidSoftwareStatementError,
  MissingTokenError,
  UnapprovedSoftwareStatementError,
} from '../errors/errors'
import { type OAuthRequest, isJson, longestParameter } from '../http/request'
import {
  type ClientMetadata,
  type RegistrationAttempt,
  type RegistrationSettings,
  registrationPolicy,
} from '../options/registration-options'
import { bearerToken } from '../protocol/bearer-token'
import {
  type DescribedClient,
  type MetadataPolicy,
  describedClient,
  metadataOf,
} from '../protocol/client-metadata'
import type { ClientRecords } from '../storage/storage'
import { isObject } from '../values/is-object'
import { advertisedPath } from './misplaced'

/** What the requests of clients that register themselves need. */
export interface Registering {
  readonly context: Context
  readonly registration: RegistrationSettings
  readonly clients: ClientRecords
}

/** Returns the bearer token in the header of a request, or `undefined` if it has none. */
export function bearerIn(request: OAuthRequest): string | undefined {
  try {
    return bearerToken(request, false).text
  } catch (error) {
    if (error instanceof MissingTokenError) return undefined
    throw error
  }
}

/** Resolves with the metadata in the body of a request. It is only known to be an object. */
export async function metadataIn(request: OAuthRequest): Promise<ClientMetadata> {
  if (!isJson(request)) throw new InvalidRequestError('The Content-Type must be application/json')
  const metadata = await request.json()
  if (isObject(metadata) && !Array.isArray(metadata)) return metadata
  throw new InvalidClientMetadataError('The metadata of the client must be a JSON object')
}

/** Who sends the metadata. */
interface Sender {
  /** The record of the client that replaces its registration. Undefined for a new client. */
  client: ClientInfo | undefined
  hasInitialAccessToken: boolean
  address: string | undefined
  request: OAuthRequest
}

/** What metadata that is allowed describes. */
interface Described {
  described: DescribedClient
  policy: MetadataPolicy
  softwareStatement: string | undefined
}

/**
 * Resolves with what the metadata describes. Throws an OAuth error if the metadata or its software
 * statement is not acceptable, or if the function `allow` refuses it.
 */
export async function describedIn(
  { context, registration }: Registering,
  sent: ClientMetadata,
  { request, ...sender }: Sender,
): Promise<Described> {
  const about = { ...sender, request: request.native.request as RegistrationAttempt['request'] }
  const softwareStatement = statementIn(sent) ?? sender.client?.registration?.softwareStatement
  const metadata =
    softwareStatement === undefined
      ? sent
      : await withClaims(registration, softwareStatement, { ...about, metadata: sent })
  const policy = registrationPolicy(registration, context.settings.grants)
  const described = describedClient(metadata, policy)
  if (registration.allow && !(await registration.allow({ ...about, metadata }))) {
    const reason = 'The server does not allow this registration'
    context.emit('registration.refused', { address: sender.address, reason })
    throw new AccessDeniedError(reason)
  }
  return { described, policy, softwareStatement }
}

function statementIn({ software_statement: statement }: ClientMetadata): string | undefined {
  if (statement === undefined || statement === null) return undefined
  if (typeof statement === 'string' && /^[\w.~+/=-]{1,8192}$/.test(statement)) return statement
  throw new InvalidSoftwareStatementError(
    `"software_statement" must be a JWT of at most ${longestParameter} characters`,
  )
}

/** RFC 7591 2.3: the claims of the statement take precedence over the metadata. */
async function withClaims(
  { softwareStatement }: RegistrationSettings,
  statement: string,
  attempt: RegistrationAttempt,
): Promise<ClientMetadata> {
  const claims = await softwareStatement?.(statement, attempt)
  if (claims) return { ...attempt.metadata, ...claims }
  throw new UnapprovedSoftwareStatementError(
    softwareStatement
      ? 'The server does not approve the software statement'
      : 'The server accepts no software statement: leave out "software_statement"',
  )
}

/** Returns the response about a client (RFC 7591 3.2.1, RFC 7592 3). */
export function informationOf(
  { context: { settings } }: Registering,
  client: Client,
  request: OAuthRequest,
  accessToken: string,
  secret: string | undefined,
): object {
  const { issuedAt = 0, softwareStatement } = client.registration ?? {}
  const path = advertisedPath(settings, 'register') ?? request.path
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(issuedAt / 1000),
    client_secret: secret,
    // RFC 7591 3.2.1: 0 means that it does not expire.
    client_secret_expires_at: secret === undefined ? undefined : 0,
    registration_access_token: accessToken,
    registration_client_uri: `${new URL(settings.issuer!).origin}${path}?client_id=${client.id}`,
    ...metadataOf(client),
    software_statement: softwareStatement,
  }
}
