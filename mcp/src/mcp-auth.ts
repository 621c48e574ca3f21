import type { Authenticated, Middleware, OAuth2Server, OAuthDetails } from '@oauth2-kit/core'
import type { IncomingMessage } from 'node:http'
import { type AuthInfo, authInfoOf, tokenIn } from './auth-info'
import { nodeBody, webBody } from './body'
import { type McpAuthOptions, settingsOf } from './options'
import { neededScopes } from './tool-scopes'

/** The result for a request with a valid token. */
export interface McpAuthenticated extends Authenticated {
  authInfo: AuthInfo
  /** The JSON in the body, if the option `toolScopes` needed it. */
  parsedBody?: unknown
}

/** The result for a request that is refused. */
export interface McpRefused {
  authInfo?: undefined
  parsedBody?: undefined
  user?: undefined
  oauth?: undefined
  headers?: undefined
  response: Response
}

/**
 * Returns a middleware for the route of an MCP server, on Express or node:http. It accepts only
 * requests with an access token for `resource` that has the scopes, and sets `req.auth` for the SDK,
 * `req.user` and `req.oauth`. Otherwise, the response is a 401, or a 403 that names all scopes that
 * the request needs (RFC 6750 3.1). Throws an OptionError if an option is wrong.
 */
export function mcpAuth(oauth: OAuth2Server, options: McpAuthOptions): Middleware {
  const { resource, needs, scopes, toolScopes } = settingsOf(oauth, options, 'mcpAuth()')
  const scope = async (request: IncomingMessage) =>
    hasMessage(request.method) && request.headers.authorization !== undefined
      ? neededScopes(scopes, toolScopes!, await nodeBody(request))
      : scopes
  const authorise = oauth.authorise(toolScopes ? { ...needs, scope } : needs)
  return (message, response, next) =>
    authorise(message, response, (error) => {
      if (error !== undefined) return next(error)
      const request: AuthorizedMessage = message
      const { user, oauth: details = {} } = request
      const token = tokenIn(request.headers.authorization)
      request.auth = authInfoOf(token, resource, { user, oauth: details })
      return next()
    })
}

/** A request with what `authorise()` and `mcpAuth()` set. */
type AuthorizedMessage = IncomingMessage & {
  user?: unknown
  oauth?: OAuthDetails
  auth?: AuthInfo
}

/**
 * Returns the same check for web-standard requests: a function that resolves with `authInfo` for the
 * SDK, or with the `response` that refuses the request. The body of the request can still be read.
 * Throws an OptionError if an option is wrong.
 */
export function mcpAuthenticate(
  oauth: OAuth2Server,
  options: McpAuthOptions,
): (request: Request) => Promise<McpAuthenticated | McpRefused> {
  const { resource, needs, scopes, toolScopes } = settingsOf(oauth, options, 'mcpAuthenticate()')
  return async (request) => {
    let parsedBody: unknown
    const scope = async () => {
      if (!hasMessage(request.method) || !request.headers.has('authorization')) return scopes
      parsedBody = await webBody(request)
      return neededScopes(scopes, toolScopes!, parsedBody)
    }
    const found = await oauth.authenticate(request, toolScopes ? { ...needs, scope } : needs)
    if (found.response) return found
    const authInfo = authInfoOf(tokenIn(request.headers.get('authorization')), resource, found)
    return { ...found, authInfo, ...(parsedBody !== undefined && { parsedBody }) }
  }
}

/** The methods of the transport whose body is not read: a stream, the end of a session, a preflight. */
const withoutMessage: readonly unknown[] = ['GET', 'HEAD', 'DELETE', 'OPTIONS']

function hasMessage(method: string | undefined): boolean {
  return !withoutMessage.includes(method)
}
