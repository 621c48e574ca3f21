import type { Context } from '../context'
import type { OAuth2Error } from '../errors/errors'
import type { Profile } from '../profile'
import { errorResponse } from './error-response'
import type { OAuthRequest } from '../http/request'
import type { OAuthResponse } from '../http/response'

/** Something that answers requests, whatever framework they come through. */
export interface Endpoint {
  /** Gives the answer, or `null` where the application has given it. Throws what went wrong. */
  answer: (request: OAuthRequest) => Promise<OAuthResponse | null>
  /** How an error is told. @default as JSON */
  describe?: Describe
  /** Whether a client proves who it is here: then a 401 says how. @default false */
  authenticatesClients?: boolean
  /**
   * Headers of every answer, of pages and errors too, unless the application has set them before;
   * `null` = the header is taken away.
   */
  headers?: (request: OAuthRequest) => Readonly<Record<string, string | null>>
}

/** How an error is told. */
export type Describe = (
  error: OAuth2Error,
  profile: Profile,
  accept: string | undefined,
) => OAuthResponse

/** What an endpoint says about something that was thrown. */
export function errorAnswer(
  context: Context,
  { describe = errorResponse }: Pick<Endpoint, 'describe'>,
  error: OAuth2Error,
  request: OAuthRequest,
): OAuthResponse {
  context.report(error)
  return describe(error, context.settings.profile, request.header('accept'))
}
