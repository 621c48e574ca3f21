import type { Attempt, Limiter, Verdict } from '@oauth2-kit/core'

/** Allows a number of failures for each client or user, from any address. */
export class CountingLimiter implements Limiter {
  readonly taken: Attempt[] = []
  readonly givenBack: Attempt[] = []
  private readonly counts = new Map<string, number>()

  constructor(private readonly failures: number) {}

  async take(attempt: Attempt): Promise<Verdict> {
    const count = this.count(attempt)
    if (count >= this.failures) return { allowed: false, retryAfterSeconds: 7.2 }
    this.counts.set(keyOf(attempt), count + 1)
    this.taken.push(attempt)
    const giveBack = async () => {
      this.counts.set(keyOf(attempt), this.count(attempt) - 1)
      this.givenBack.push(attempt)
    }
    return { allowed: true, giveBack }
  }

  /** The number of failures and of attempts in progress. */
  count(attempt: Pick<Attempt, 'clientId' | 'username'>): number {
    return this.counts.get(keyOf(attempt)) ?? 0
  }
}

function keyOf({ clientId, username }: Pick<Attempt, 'clientId' | 'username'>): string {
  // A registration has an empty client id.
  return JSON.stringify(username === undefined ? [clientId] : ['user', username])
}
