import { longestId } from '../contract/ids'
import type { Context } from '../context'
import { InvalidRequestError, InvalidRequestUriError } from '../errors/errors'
import { requestUriPrefix } from '../protocol/request-uri'
import { type Source, valueIn } from './authorization-parameters'

/** A request that the client has pushed, and that the authorization endpoint has received. */
export interface PushedRequest {
  /** Its parameters, which replace all of those that the browser sent (RFC 9126 4). */
  source: Source
  /**
   * Must be called before a code or an error is sent to the client. Resolves once. Throws an
   * `invalid_request_uri` if another response was sent before.
   */
  use(): Promise<void>
}

/**
 * Resolves with the pushed request that the parameters refer to, or with undefined if they refer to
 * none (RFC 9126 4). Throws an `invalid_request_uri` if it is not valid, which is shown to the user:
 * without the request, the client's redirect URI is unknown.
 */
export async function pushedRequestIn(
  { storage: { pushedRequests }, settings: { profile } }: Context,
  source: Source,
): Promise<PushedRequest | undefined> {
  const requestUri = profile.extensions && pushedRequests ? ownUriIn(source) : undefined
  if (requestUri === undefined || !pushedRequests) return undefined
  const clientId = valueIn(source, 'client_id', longestId)
  if (clientId === undefined)
    throw new InvalidRequestError('Invalid or missing client_id parameter')
  const parameters = await pushedRequests.open(requestUri, clientId)
  if (!parameters)
    throw new InvalidRequestUriError('The pushed request is unknown, has expired or was used')
  const values = { ...parameters, client_id: clientId }
  return {
    source: { valuesFor: () => [values], broken: new Set() },
    async use() {
      if (await pushedRequests.use(requestUri)) return
      throw new InvalidRequestUriError('The pushed request was used')
    },
  }
}

/** Returns the parameter `request_uri` if this server has made it. */
function ownUriIn({ valuesFor, broken }: Source): string | undefined {
  if (broken.has('request_uri')) return undefined
  return valuesFor('request_uri')
    .map((values) => values['request_uri'])
    .find(
      (value): value is string => typeof value === 'string' && value.startsWith(requestUriPrefix),
    )
}
