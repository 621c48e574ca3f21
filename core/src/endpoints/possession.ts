import type { Context } from '../context'
import {
  InvalidDpopProofError,
  InvalidGrantError,
  InvalidTokenError,
  UnauthorizedClientError,
} from '../errors/errors'
import type { OAuthRequest } from '../http/request'
import type { Settings } from '../options/settings'
import { type PresentedToken, hasDpopScheme } from '../protocol/bearer-token'
import { BoundTokenError } from '../protocol/challenge'
import { type DpopProof, checkDpopProof } from '../protocol/dpop-proof'
import type { Presented, StorageClient } from '../storage/storage'

// Proof of possession of a key (RFC 9449), at the token endpoint and at resources.

const boundButOff = 'The token is bound to a key, and DPoP is off at this server'

/** What a resource requires of the proof that is sent with an access token. */
export interface PossessionNeeds {
  /** Whether bearer tokens are refused. */
  dpop?: 'required'
  /** The origin of the public URL of the resource. Undefined if `dpop.url` returns the URL. */
  origin?: string
}

/**
 * Returns the origin of the public URLs of a resource: that of the resource, of the server's only
 * resource, or of the issuer. The host of a request is not used: an attacker who receives a proof
 * for his own host could send it here with that host (RFC 9449 4.3, 9).
 */
export function originOf(
  { resources, issuer }: Settings,
  resource = resources?.length === 1 ? resources[0] : undefined,
): string | undefined {
  const base = [resource, issuer].find((uri) => uri !== undefined && /^https?:/i.test(uri))
  return base === undefined ? undefined : new URL(base).origin
}

/** Returns the access token of a request to a resource. */
export function accessTokenOf(
  { settings: { profile, dpop } }: Context,
  request: OAuthRequest,
  needs: PossessionNeeds,
): PresentedToken {
  const presented = profile.bearerToken(request, dpop !== undefined)
  if (needs.dpop === 'required' && presented.scheme === 'Bearer')
    throw new InvalidTokenError('The resource needs DPoP: send "Authorization: DPoP" and a proof')
  return presented
}

/**
 * Checks that the sender of an access token holds the key that the token is bound to, if any (RFC
 * 9449 7.1). `jkt` is the thumbprint of that key. Resolves with the proof, which must then be passed
 * to `acceptOnce` unless the store must not be used. Returns undefined for a bearer token.
 */
export function confirmPossession(
  context: Context,
  request: OAuthRequest,
  { scheme, text }: PresentedToken,
  jkt: string | undefined,
  { origin }: PossessionNeeds,
): Promise<DpopProof> | undefined {
  if (scheme === 'DPoP') return proofAtResource(context, request, text, jkt, origin)
  // RFC 9449 7.2: otherwise a thief could use the token without the key.
  if (jkt === undefined) return undefined
  throw context.settings.dpop ? new BoundTokenError() : new InvalidTokenError(boundButOff)
}

async function proofAtResource(
  context: Context,
  request: OAuthRequest,
  accessToken: string,
  jkt: string | undefined,
  origin: string | undefined,
): Promise<DpopProof> {
  if (jkt === undefined)
    throw new InvalidTokenError(
      'The access token is not bound to a key: send it as "Authorization: Bearer"',
    )
  const header = request.header('dpop')
  if (header === undefined) throw new InvalidDpopProofError('The header DPoP is missing')
  const proof = await proofIn(header, context, request, origin, accessToken)
  if (proof.jkt !== jkt) throw new InvalidTokenError('The access token is bound to another key')
  return proof
}

/**
 * Resolves with the proof of a token request, or with undefined if it has none and needs none (RFC
 * 9449 5). If DPoP is off, the header is ignored.
 */
export async function proofOfClient(
  context: Context,
  request: OAuthRequest,
  { dpopBoundAccessTokens = false }: StorageClient,
): Promise<DpopProof | undefined> {
  const { settings } = context
  const proof = await proofSent(context, request)
  if (proof) return proof
  if (!dpopBoundAccessTokens) return undefined
  if (settings.dpop) throw new InvalidDpopProofError('The client must send a DPoP proof')
  throw new UnauthorizedClientError('The client must use DPoP, which is off at this server')
}

/**
 * Resolves with the proof of a request to an endpoint of the server, or with undefined if it has none
 * or if DPoP is off.
 */
export async function proofSent(
  context: Context,
  request: OAuthRequest,
): Promise<DpopProof | undefined> {
  const { settings } = context
  const header = settings.dpop && request.header('dpop')
  if (header === undefined) return undefined
  return proofIn(header, context, request, originOf({ ...settings, resources: undefined }))
}

/**
 * Throws an `invalid_grant` if the code or refresh token is bound to a key and the proof is missing or
 * by another key (RFC 9449 5 and 10). This uses nothing up: unlike a PKCE verifier, a key cannot be
 * guessed.
 */
export function assertSameKey(
  { settings }: Context,
  presented: Presented | null,
  proof: DpopProof | undefined,
): void {
  const jkt = presented?.jkt
  if (jkt === undefined || jkt === proof?.jkt) return
  throw new InvalidGrantError(
    settings.dpop
      ? 'The code or refresh token is bound to a key: send a DPoP proof that is signed with it'
      : boundButOff,
  )
}

/**
 * Resolves if the proof has not been accepted before, anywhere (RFC 9449 11.1). Called when nothing
 * else can refuse the request, so that no stranger can fill the store.
 */
export async function acceptOnce(
  { storage }: Context,
  { jkt, url, jti, expiresAt }: DpopProof,
): Promise<void> {
  if (await storage.isFirstUse?.(['dpop_proof', jkt, `${url} ${jti}`], expiresAt)) return
  throw new InvalidDpopProofError('The DPoP proof was used before: make a new one for each request')
}

/** Returns the header with a new nonce, if the server uses nonces and the client uses DPoP. */
export function nonceHeader(
  { settings: { dpop, now } }: Context,
  request: OAuthRequest,
): Record<string, string> {
  const usesDpop = request.header('dpop') !== undefined || hasDpopScheme(request)
  return dpop?.nonces && usesDpop ? { 'DPoP-Nonce': dpop.nonces.make(now()) } : {}
}

function proofIn(
  header: string,
  { settings: { dpop, now } }: Context,
  request: OAuthRequest,
  origin: string | undefined,
  accessToken?: string,
): Promise<DpopProof> {
  const { nonces, proofLifetime = 0, url } = dpop ?? {}
  // The URLs of the server's own endpoints follow from the issuer.
  const isOwn = accessToken === undefined && origin !== undefined
  return checkDpopProof(header, {
    method: request.method,
    url:
      url && !isOwn
        ? url(request.native.request)
        : `${origin}${request.path.replace(/^(?!\/)/, '/')}`,
    at: now(),
    lifetime: proofLifetime,
    nonces,
    ...(accessToken !== undefined && { accessToken }),
  })
}
