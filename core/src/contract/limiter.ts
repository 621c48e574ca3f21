/**
 * An attempt to authenticate with a client secret or, if `username` is set, a user's password. Or, if
 * `registration` is set, an attempt to register a client. Or, if `userCode` is set, one to find the request
 * of a device by its user code.
 */
export interface Attempt {
  /** The client id as sent. The client may not exist. Empty for a registration and a user code. */
  clientId: string
  /** The username as sent. The user may not exist. */
  username?: string
  /**
   * Set if a client wants to register itself (RFC 7591), perhaps with a guessed initial access token.
   * Only an attempt with a right token is given back. Count such attempts apart from all others, so
   * that they lock out nobody else at the same address.
   */
  registration?: true
  /**
   * Set if a user has entered the user code of a device (RFC 8628 5.1). `clientId` is empty. Only an
   * attempt with a right code is given back. Count such attempts apart from all others too.
   */
  userCode?: true
  /** The address that the request came from. `undefined` means unknown. */
  address: string | undefined
}

/** A limiter's decision about an attempt. */
export type Verdict = (
  | {
      allowed: true
      /**
       * Removes the attempt from the count, because the secret was right or could not be verified.
       */
      giveBack(): Promise<void>
    }
  | {
      allowed: false
      /** Seconds until another attempt may be allowed. */
      retryAfterSeconds: number
    }
) & {
  /** An error that degraded the limiter. The server emits it as `limiter.failed`. */
  problem?: unknown
}

/**
 * Limits failed attempts to guess secrets and passwords, and registrations of clients. The server calls `take` before it verifies
 * a secret, so that parallel requests cannot exceed the limit. It calls `giveBack` unless the
 * secret was wrong, so that only failures stay counted.
 */
export interface Limiter {
  /** Takes one of the remaining attempts atomically, or refuses if none is left. */
  take(attempt: Attempt): Promise<Verdict>
}
