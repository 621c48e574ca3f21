import type { OAuthDetails } from '@oauth2-kit/core'

/** The access token of a request, in the form in which the MCP SDK passes it to handlers. */
export interface AuthInfo {
  /** The access token itself. */
  token: string
  clientId: string
  scopes: string[]
  /** Seconds since the epoch. Undefined if the token never expires. */
  expiresAt?: number
  /** The resource that the token was checked for (RFC 8707). */
  resource: URL
  extra: {
    /** Undefined if a client acts for itself. */
    userId: string | undefined
    /** `{ id }`, or the result of the option `users.find`: the same as `req.user`. */
    user: unknown
    /** The same as `req.oauth`, with the grant and its `metadata`. */
    oauth: OAuthDetails
  }
}

/** The data of an access token on a store. */
interface TokenData {
  clientId: string
  userId: string | null
  expires: Date | null
}

/** Returns the information about a token that was checked for a resource. */
export function authInfoOf(
  token: string,
  resource: string,
  { user, oauth }: { user?: unknown; oauth: OAuthDetails },
): AuthInfo {
  const { clientId, userId, expires } = oauth.bearerToken as TokenData
  return {
    token,
    clientId,
    scopes: oauth.scope ? oauth.scope.split(' ') : [],
    // Rounded down: the SDK must not accept a token that has expired.
    ...(expires && { expiresAt: Math.floor(expires.getTime() / 1000) }),
    resource: new URL(resource),
    extra: { userId: userId ?? undefined, user, oauth },
  }
}

/** Returns the token in a header that was checked: `Bearer` or `DPoP`, spaces, and the token. */
export function tokenIn(authorization: string | null | undefined): string {
  return authorization?.trim().split(/ +/)[1] ?? ''
}
