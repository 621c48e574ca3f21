import { longestId } from '../contract/ids'
import type { Client } from '../contract/store'
import { InvalidClientMetadataError, InvalidRedirectUriError } from '../errors/errors'
import { RefusedDocumentError } from '../http/fetch-errors'
import { isObject } from '../values/is-object'
import { parsedUrl } from '../values/parsed-url'
import { type MetadataPolicy, describedClient } from './client-metadata'

// draft-ietf-oauth-client-id-metadata-document: the client id is the URL of a document with the
// metadata of the client.

/** Returns whether a client id looks like a URL, so that a document may be meant. */
export function looksLikeUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId)
}

/**
 * Returns why a client id is not the URL of a document, or `undefined` if it is one. Each document has
 * only one such URL: what the user is shown is what is fetched.
 */
export function clientIdUrlProblem(clientId: string): string | undefined {
  if (clientId.length > longestId) return `has more than ${longestId} characters`
  const url = parsedUrl(clientId)
  if (!url) return 'is not a URL'
  const { protocol, username, password, pathname, hostname, href } = url
  if (protocol !== 'https:') return 'is not an https URL'
  if (username !== '' || password !== '') return 'has a username or a password'
  if (clientId.includes('#')) return 'has a fragment'
  if (clientId.includes('*')) return 'has a wildcard'
  if (hostname.endsWith('.')) return 'has a host that ends with a dot'
  if (pathname === '/') return 'has no path'
  // The parser also removes "." and ".." segments, encoded ones too.
  return href === clientId ? undefined : 'is not normalized: write it as a URL parser does'
}

/** The members of a shared secret, which a document that everyone can read cannot have. */
const secretMembers = ['client_secret', 'client_secret_expires_at']

/**
 * Returns the client that the document at a URL describes. `fetchedAt` is in milliseconds since the
 * epoch. Throws a RefusedDocumentError that says what is wrong with the document.
 */
export function clientInDocument(
  url: string,
  document: unknown,
  policy: MetadataPolicy,
  fetchedAt: number,
): Client {
  const { client_id: id, ...metadata } = isObject(document) ? document : {}
  if (id !== url)
    throw new RefusedDocumentError('"client_id" in the document must be exactly its URL')
  const secret = secretMembers.find((member) => member in metadata)
  if (secret !== undefined)
    throw new RefusedDocumentError(`"${secret}" must not be in the document`)
  const { registration, ...described } = describedBy(metadata, policy)
  return {
    ...described,
    id: url,
    // No store keeps it.
    version: '',
    secretHash: null,
    // RFC 9700 2.1.1. Nobody has checked that a client with keys is protected in another way.
    requirePkce: true,
    registration: { ...registration, method: 'document', issuedAt: fetchedAt },
  }
}

function describedBy(metadata: object, policy: MetadataPolicy) {
  try {
    return describedClient(metadata, policy)
  } catch (error) {
    if (error instanceof InvalidClientMetadataError || error instanceof InvalidRedirectUriError)
      throw new RefusedDocumentError(error.error_description, { cause: error })
    throw error
  }
}
