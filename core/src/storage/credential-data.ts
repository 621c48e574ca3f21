/** The content of `data`, which the core needs when the credential is presented. */
export interface CredentialData {
  /**
   * On a refresh token, the scope of the grant. A refresh with a narrower scope does not change it
   * (RFC 6749 6).
   */
  scope: string
  /** The resources that the credential is for (RFC 8707). Undefined means any. */
  resource?: readonly string[]
  /** When the grant ends, however often it is refreshed. Milliseconds since the epoch. */
  until?: number
  /** On a grant: set if it began with an authorization code, so that the user was asked for consent. */
  consented?: true
  /** The data of the application that the grant keeps. */
  metadata?: Readonly<Record<string, unknown>> | undefined
  /** On an access token: the members that the hook `claims` adds to responses. */
  claims?: Readonly<Record<string, unknown>> | undefined
  /**
   * When the user signed in before the grant began, if the application said so. Milliseconds since
   * the epoch. On a grant, a code, a refresh token and a signed access token.
   */
  authTime?: number | undefined
  /** On a signed access token: its id. Opaque ones have none. */
  jti?: string | undefined
  redirectUri?: string
  challenge?: string
  /**
   * The thumbprint of the key that the credential is bound to (RFC 9449 6, 10). Without it, the
   * credential works for every bearer.
   */
  jkt?: string | undefined
  /** On a refresh token: the rotations of its grant within an hour. */
  rotations?: Rotations
  /** On an answer: the sealed token response. */
  sealed?: string
}

/** The rotations of a grant within an hour. */
export interface Rotations {
  /** When that hour began. Milliseconds since the epoch. */
  since: number
  count: number
}

/** Serializes a credential's `data`. */
export function dataText(data: CredentialData): string {
  return JSON.stringify(data)
}
