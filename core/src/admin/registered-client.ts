import type { Client, ClientRegistration } from '../contract/store'
import { sha256 } from '../crypto/hash'
import { scryptPasswords } from '../crypto/password'
import { randomHex } from '../crypto/random'
import { InvalidClientMetadataError } from '../errors/errors'
import type { DescribedClient, MetadataPolicy } from '../protocol/client-metadata'
import { newVersion } from '../storage/version'
import { assertClient, clientOf, needsSecret, newSecret, withoutSecrets } from './create-client'

const tokenBytes = 32
/** The properties that metadata may leave out. */
const optional = [
  'authMethod',
  'jwks',
  'jwksUri',
  'name',
  'dpopBoundAccessTokens',
  'requirePushedAuthorizationRequests',
] as const

/** A client that registers itself, with its credentials, of which it keeps only the hashes. */
export interface RegisteredClient {
  client: Client
  /** `null` for a public client, and for one with keys. */
  secret: string | null
  /** Its registration access token (RFC 7592 3). */
  accessToken: string
}

/**
 * Returns the record of a client that registers itself. `issuedAt` is in milliseconds since the epoch.
 */
export async function registeredClient(
  { registration: texts, ...described }: DescribedClient,
  { privateUseSchemes }: MetadataPolicy,
  issuedAt: number,
  softwareStatement: string | undefined,
): Promise<RegisteredClient> {
  const client = clientOf(described, privateUseSchemes, 'The registration')
  // The secret is random, so no password function is called.
  const { secret, secretHash } = await newSecret(client, undefined, scryptPasswords)
  const accessToken = randomHex(tokenBytes)
  const registration: ClientRegistration = {
    ...texts,
    method: 'dynamic',
    issuedAt,
    accessTokenHash: sha256(accessToken),
    ...(softwareStatement !== undefined && { softwareStatement }),
  }
  return { client: { ...client, secretHash, registration }, secret, accessToken }
}

/**
 * Returns a client that replaces its metadata (RFC 7592 2.2). It keeps its scopes, which the policy of
 * its registration has set, and all that its metadata does not describe. Throws an
 * `invalid_client_metadata` if it would need a secret that it does not have.
 */
export function replacedClient(
  before: Client,
  { registration: texts, ...described }: DescribedClient,
  { privateUseSchemes }: MetadataPolicy,
  softwareStatement: string | undefined,
): Client {
  const { method, issuedAt, usedAt, accessTokenHash } = before.registration!
  const registration: ClientRegistration = {
    ...texts,
    method,
    issuedAt,
    ...(usedAt !== undefined && { usedAt }),
    ...(accessTokenHash !== undefined && { accessTokenHash }),
    ...(softwareStatement !== undefined && { softwareStatement }),
  }
  const client: Client = {
    ...before,
    ...described,
    scopes: before.scopes,
    registration,
    version: newVersion(),
  }
  for (const name of optional) if (described[name] === undefined) delete client[name]
  if (client.type !== before.type || (needsSecret(client) && before.secretHash === null))
    throw new InvalidClientMetadataError(
      '"token_endpoint_auth_method" cannot be changed to this value, because the client would need ' +
        'another type or a secret: register another client',
    )
  assertClient(client, privateUseSchemes)
  return needsSecret(client) ? client : withoutSecrets(client)
}
