import { replacedClient } from '../admin/registered-client'
import { untilKept } from '../admin/until-kept'
import { addressOf } from '../context'
import { longestId } from '../contract/ids'
import type { Client } from '../contract/store'
import { equalHashes, sha256 } from '../crypto/hash'
import { randomHex } from '../crypto/random'
import { InvalidRequestError, InvalidTokenError } from '../errors/errors'
import { type OAuthRequest, parameter } from '../http/request'
import { type OAuthResponse, jsonResponse, noStore } from '../http/response'
import type { ClientMetadata } from '../options/registration-options'
import { withoutSecret } from '../storage/without-secret'
import {
  type Registering,
  bearerIn,
  describedIn,
  informationOf,
  metadataIn,
} from './registration-request'
import { tokensOf } from './stores-only'

/** The methods of the client configuration endpoint. */
export const configurationMethods: readonly string[] = ['GET', 'PUT', 'DELETE']

/** Answers a request of a client about its own registration (RFC 7592 2). */
export async function configure(
  registering: Registering,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  const id = parameter(request.query, 'client_id', longestId)
  if (id === undefined) throw new InvalidRequestError('The parameter "client_id" is missing')
  const accessToken = bearerIn(request)
  if (accessToken === undefined) throw refused('missing')
  const find = () => registeredAs(registering, id, accessToken)
  const client = await find()
  if (request.method === 'DELETE') return remove(registering, client, request)
  if (request.method === 'PUT') return replace(registering, client, request, accessToken, find)
  return jsonResponse(
    200,
    informationOf(registering, client, request, accessToken, undefined),
    noStore,
  )
}

function refused(how: string): InvalidTokenError {
  return new InvalidTokenError(
    `The registration access token is ${how}: send it as "Authorization: Bearer"`,
  )
}

// Compared for a client that is unknown or did not register itself, so that the time is the same.
const noHash = sha256(randomHex(32))

/**
 * Resolves with the client that the registration access token belongs to. RFC 7592 2.1: an unknown
 * client gets the same response as a wrong token.
 */
async function registeredAs(
  { clients }: Registering,
  id: string,
  accessToken: string,
): Promise<Client> {
  const client = await clients.getClient(id)
  const { accessTokenHash = noHash } = client?.registration ?? {}
  if (equalHashes(sha256(accessToken), accessTokenHash) && client) return client
  throw refused('wrong')
}

/** RFC 7592 2.2: only the server sets these. */
const serverMembers = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/** Replaces the metadata of the client (RFC 7592 2.2). `find` resolves with its present record. */
async function replace(
  registering: Registering,
  found: Client,
  request: OAuthRequest,
  accessToken: string,
  find: () => Promise<Client>,
): Promise<OAuthResponse> {
  const { context, clients } = registering
  const address = addressOf(context, request)
  const metadata = await metadataIn(request)
  assertOwn(metadata, found)
  const secret = await presentSecret(registering, metadata, found, address)
  const { described, policy, softwareStatement } = await describedIn(registering, metadata, {
    client: withoutSecret(found),
    hasInitialAccessToken: false,
    address,
    request,
  })
  let before: Client | undefined = found
  const client = await untilKept(`client "${found.id}"`, async () => {
    before ??= await find()
    const { version } = before
    const after = replacedClient(before, described, policy, softwareStatement)
    before = undefined
    return (await clients.updateClient(after, version)) ? after : null
  })
  context.emit('client.updated', { clientId: client.id, address })
  // A client that changed to keys has no secret anymore.
  const shown = client.secretHash === null ? undefined : secret
  return jsonResponse(200, informationOf(registering, client, request, accessToken, shown), noStore)
}

function assertOwn(metadata: ClientMetadata, { id }: Client): void {
  if (metadata['client_id'] !== id)
    throw new InvalidRequestError('"client_id" must be the one of the URL')
  const misplaced = serverMembers.find((name) => Object.hasOwn(metadata, name))
  if (misplaced !== undefined)
    throw new InvalidRequestError(`"${misplaced}" is set by the server: leave it out`)
}

/**
 * Resolves with the secret in the metadata, which must be the present one. A client cannot choose its
 * secret (RFC 7592 2.2).
 */
async function presentSecret(
  { context: { storage, limited } }: Registering,
  { client_secret: secret }: ClientMetadata,
  client: Client,
  address: string | undefined,
): Promise<string | undefined> {
  if (secret === undefined || secret === null) return undefined
  const isRight =
    typeof secret === 'string' &&
    (await storage.isRightSecret?.(client, secret, (verify) =>
      limited({ clientId: client.id, address }, [secret], verify),
    ))
  if (isRight) return secret
  throw new InvalidRequestError('"client_secret" must be the present one: leave it out')
}

/** Deletes the client, and revokes its grants (RFC 7592 2.3). */
async function remove(
  { context, clients }: Registering,
  { id }: Client,
  request: OAuthRequest,
): Promise<OAuthResponse> {
  // First, so that the event contains the number of grants.
  await tokensOf(context, 'The registration endpoint').revokeGrants({ clientId: id })
  await clients.deleteClient(id)
  context.emit('client.deleted', { clientId: id, address: addressOf(context, request) })
  return { status: 204, headers: { ...noStore }, body: '' }
}
