/** Somebody is about to try a client's secret or, where there is a username, a user's password. */
export interface Attempt {
  /** As it was sent: there need be no such client. */
  clientId: string
  /** As it was sent: there need be no such user. */
  username?: string
  /** Where the request came from; `undefined` = unknown. */
  address: string | undefined
}

/** What a limiter says to an attempt. */
export type Verdict = (
  | {
      allowed: true
      /** Gives the attempt back: the secret was right, or could not be looked at. */
      giveBack(): Promise<void>
    }
  | {
      allowed: false
      /** Seconds until another attempt may be allowed. */
      retryAfterSeconds: number
    }
) & {
  /** What the limiter could not do as it should: told as `limiter.failed`. */
  problem?: unknown
}

/**
 * Limits how often secrets and passwords may be tried in vain. An attempt is taken before the secret
 * is looked at, so that many at once are no way around the limit, and given back unless the secret
 * was wrong, so that only failures count.
 */
export interface Limiter {
  /** Takes an attempt off those that are allowed, atomically, or says that there is none left. */
  take(attempt: Attempt): Promise<Verdict>
}
