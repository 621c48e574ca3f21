import type { Context } from '../context'
import type { OAuth2Error } from '../errors/errors'
import type { Profile } from '../profile'
import { errorResponse } from './error-response'
import type { OAuthRequest } from '../http/request'
import type { OAuthResponse } from '../http/response'

/** Answers requests, independent of the framework. */
export interface Endpoint {
  /**
   * Resolves with the response, or with `null` if the application has already answered. Rejects
   * with any error.
   */
  answer: (request: OAuthRequest) => Promise<OAuthResponse | null>
  /** Renders an error as a response. @default as JSON */
  describe?: Describe
  /** The scheme of the credentials that are needed here, which a 401 response names. */
  scheme?: 'Basic' | 'Bearer'
  /** The methods that scripts of other origins may use. @default 'GET, POST' */
  methods?: string
  /**
   * Returns headers for every response, including pages and errors. Headers that the application
   * has already set take precedence. `null` removes the header.
   */
  headers?: (request: OAuthRequest) => Readonly<Record<string, string | null>>
}

/** Renders an error as a response. */
export type Describe = (
  error: OAuth2Error,
  profile: Profile,
  accept: string | undefined,
) => OAuthResponse

/** Reports an error and returns the endpoint's response to it. */
export function errorAnswer(
  context: Context,
  { describe = errorResponse }: Pick<Endpoint, 'describe'>,
  error: OAuth2Error,
  request: OAuthRequest,
): OAuthResponse {
  context.report(error)
  return describe(error, context.settings.profile, request.header('accept'))
}
