import { InvalidRequestError } from '../errors/errors'
import { type OAuthRequest, parameter, postedForm } from '../http/request'
import type { StorageToken, TokenStorage } from '../storage/storage'
import { type RequestClient, authenticateClient, credentialsIn } from './client'
import type { Context } from '../context'

/**
 * Resolves with the client and the token of a revocation or introspection request (RFC 7009 2.1,
 * RFC 7662 2.1). The token is `null` if it does not exist. `token_type_hint` is ignored, because
 * one look-up finds every kind of token and a wrong hint must have no effect.
 */
export async function presentedToken(
  context: Context,
  tokens: TokenStorage,
  request: OAuthRequest,
): Promise<RequestClient & { token: StorageToken | null }> {
  const form = await postedForm(request)
  const text = parameter(form, 'token')
  parameter(form, 'token_type_hint')
  const credentials = await credentialsIn(context, request, form)
  const looking = text === undefined ? undefined : tokens.find(text)
  // Prevents an unhandled rejection if the client is refused before the look-up is awaited.
  looking?.catch(() => {})
  const authenticated = await authenticateClient(context, request, credentials)
  if (looking === undefined) throw new InvalidRequestError('No "token" parameter')
  return { ...authenticated, token: await looking }
}
