/** An attempt to authenticate with a client secret or, if `username` is set, a user's password. */
export interface Attempt {
  /** The client id as sent. The client may not exist. */
  clientId: string
  /** The username as sent. The user may not exist. */
  username?: string
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
 * Limits failed attempts to guess secrets and passwords. The server calls `take` before it verifies
 * a secret, so that parallel requests cannot exceed the limit. It calls `giveBack` unless the
 * secret was wrong, so that only failures stay counted.
 */
export interface Limiter {
  /** Takes one of the remaining attempts atomically, or refuses if none is left. */
  take(attempt: Attempt): Promise<Verdict>
}
