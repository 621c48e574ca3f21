import type { NewClient } from '../create-client'
import type { NewUser } from '../users'

/** One row of an import: a client, a user, or the tokens of a grant. */
export type ImportRow = ImportedClient | ImportedUser | ImportedGrant

/**
 * A client to import. It has the properties of `createClient()`. A confidential client has exactly
 * one of `secret`, `secretHash` and `secretSha256`. A public one, or one with keys, has none.
 */
export interface ImportedClient extends NewClient {
  /** The kind of the row. */
  kind: 'client'
  /** The id. It is required, because tokens refer to it. */
  id: string
  /**
   * The hash of the secret, which the option `passwords` of the server can verify: that of
   * `hashPassword()`, or another format, such as bcrypt or argon2.
   */
  secretHash?: string
  /**
   * The SHA-256 of the secret, in hexadecimal digits. Only for secrets with at least 128 random
   * bits: a shorter one could be guessed from it.
   */
  secretSha256?: string
}

/** A user to import to the store's own users, with exactly one of `password` and `passwordHash`. */
export interface ImportedUser extends Omit<NewUser, 'password'> {
  /** The kind of the row. */
  kind: 'user'
  /** The id, to which tokens refer. A number and an ObjectId are stored as text. */
  id: string | number | { toHexString(): string }
  /** The password, of at least 8 characters. */
  password?: string
  /** The hash of the password, which the option `passwords` of the server can verify. */
  passwordHash?: string
}

/**
 * The tokens of one grant: an access token, a refresh token, or both. Each is either plain or
 * hashed, and has an expiry.
 */
export interface ImportedGrant {
  /** The kind of the row. */
  kind: 'grant'
  /** The id of the client, which is registered or in another row. */
  clientId: string
  /** The id of the user. `null` or undefined means that the client acts for itself. */
  userId?: string | number | { toHexString(): string } | null
  /** The scope: text with spaces between the names, or an array of names. @default none */
  scope?: string | readonly string[] | null
  /** The access token, in plain text. Only its hash is stored. */
  accessToken?: string | null
  /** The SHA-256 of the access token, in hexadecimal digits. */
  accessTokenSha256?: string | null
  /** `null` means never. */
  accessTokenExpiresAt?: ImportedTime | null
  /** The refresh token, in plain text. Only its hash is stored. */
  refreshToken?: string | null
  /** The SHA-256 of the refresh token, in hexadecimal digits. */
  refreshTokenSha256?: string | null
  /** `null` means never. */
  refreshTokenExpiresAt?: ImportedTime | null
  /** When the grant ends, however often it is refreshed. `null` means never. @default null */
  grantExpiresAt?: ImportedTime | null
  /** When the tokens were issued. @default the time of the import */
  createdAt?: ImportedTime | null
  /** Your own data about the grant, serializable as JSON: `req.oauth.grant.metadata`. */
  metadata?: Record<string, unknown> | null
}

/**
 * A time: a Date, or ISO 8601 text with a time zone, such as `2026-12-01T09:30:00Z`. Numbers are
 * refused, because seconds and milliseconds cannot be told apart.
 */
export type ImportedTime = Date | string
