import {
  type AuthoriseOptions,
  type OAuth2Server,
  TemporarilyUnavailableError,
} from '@oauth2-kit/core'
import { type Rules, anything, readOptions } from '@oauth2-kit/core/store-kit'
import { type AuthInfo, authInfoOf } from './auth-info'
import { assertResource, resourceRule } from './options'
import { type ErrorOf, type SdkErrors, errorOf } from './sdk-errors'

/** The options of `mcpTokenVerifier()`. */
export interface McpTokenVerifierOptions extends Pick<AuthoriseOptions, 'verify'> {
  /** The URL of the MCP server: one of the option `resources`. Only tokens for it are accepted. */
  resource: string
  /** The error classes of the SDK whose `requireBearerAuth` is used. */
  errors: SdkErrors
}

/** An `OAuthTokenVerifier` of the MCP SDK, versions 1 and 2. */
export interface TokenVerifier {
  /** Resolves with the token. Rejects with an `invalid_token` of the SDK if it is not valid. */
  verifyAccessToken(token: string): Promise<AuthInfo>
}

export const verifierRules: Rules<McpTokenVerifierOptions> = {
  resource: resourceRule,
  // authorise() and errorOf() check these.
  verify: anything,
  errors: anything,
}

/**
 * Returns a verifier for `requireBearerAuth` of the MCP SDK, versions 1 and 2. It accepts only tokens for
 * `resource`. If the store does not respond, the response of `requireBearerAuth` is a 500, so that no
 * client drops its token. Throws an OptionError if an option is wrong.
 */
export function mcpTokenVerifier(
  oauth: OAuth2Server,
  options: McpTokenVerifierOptions,
): TokenVerifier {
  const { errors, ...needs } = readOptions(options, verifierRules, {
    of: 'mcpTokenVerifier()',
    undefinedIsLeftOut: false,
  })
  assertResource(needs.resource)
  oauth.authorise(needs)
  return verifier(oauth, needs, errorOf(errors))
}

/** Returns the verifier for checked options. */
export function verifier(
  oauth: OAuth2Server,
  needs: AuthoriseOptions & { resource: string },
  make: ErrorOf,
): TokenVerifier {
  return {
    async verifyAccessToken(token) {
      // Other characters cannot be in a header (RFC 6750 2.1), so no such token exists.
      if (!/^[\w.~+/-]+=*$/.test(token))
        throw make('invalid_token', 'The access token provided is invalid.')
      const request = new Request('http://localhost', {
        headers: { Authorization: `Bearer ${token}` },
      })
      const { response, ...found } = await oauth.authenticate(request, needs)
      if (!response) return authInfoOf(token, needs.resource, found as Required<typeof found>)
      if (response.status >= 500)
        throw new TemporarilyUnavailableError('The token could not be checked: try again')
      const { error_description: description } = (await response.json()) as Record<string, string>
      throw make('invalid_token', description ?? 'The access token provided is invalid.')
    },
  }
}
