import { InvalidRequestError } from '../errors/errors'
import { type OAuthRequest, parameter, postedForm } from '../http/request'
import { longestId } from '../contract/ids'
import type { StorageClient, StorageToken, TokenStorage } from '../storage/storage'
import { authenticateClient, credentialsOf } from './client'
import type { Context } from '../context'

/**
 * What a request about a token says (RFC 7009 2.1, RFC 7662 2.1): who asks, and the token, `null`
 * where there is none such. `token_type_hint` is not needed: every kind is found by the same
 * look-up, and a wrong hint must not matter.
 */
export async function presentedToken(
  context: Context,
  tokens: TokenStorage,
  request: OAuthRequest,
): Promise<{ client: StorageClient; token: StorageToken | null }> {
  const form = await postedForm(request)
  const text = parameter(form, 'token')
  parameter(form, 'token_type_hint')
  const credentials = credentialsOf(context, request, {
    client_id: parameter(form, 'client_id', longestId),
    client_secret: parameter(form, 'client_secret'),
  })
  const looking = text === undefined ? undefined : tokens.find(text)
  looking?.catch(() => {}) // It is awaited below, or, where the client is refused, of no interest.
  const client = await authenticateClient(context, request, credentials)
  if (looking === undefined) throw new InvalidRequestError('No "token" parameter')
  return { client, token: await looking }
}
