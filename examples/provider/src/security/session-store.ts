import { type SessionData, Store } from 'express-session'

interface Kept {
  /** JSON, so that changes need an explicit save; `null` means that the session was ended. */
  json: string | null
  /** Milliseconds since the epoch. */
  expiresAt: number
}

type Done = (error?: unknown) => void

/**
 * Sessions in the memory of this process. It keeps up to `most` sessions, each for `lifetimeMs`
 * from its start, regardless of use. Beyond that number, the oldest session ends.
 */
export class BoundedSessions extends Store {
  // In the order of expiry.
  private readonly kept = new Map<string, Kept>()

  constructor(
    private readonly most: number,
    private readonly lifetimeMs: number,
  ) {
    super()
  }

  /** The number of sessions, including those that were ended. */
  get size(): number {
    return this.kept.size
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const { json = null, expiresAt = 0 } = this.kept.get(id) ?? {}
    const isThere = json !== null && expiresAt > Date.now()
    setImmediate(done, null, isThere ? (JSON.parse(json) as SessionData) : null)
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    const before = this.kept.get(id)
    // A request that was in progress when the session ended must not bring it back.
    if (before?.json !== null) {
      const expiresAt = before?.expiresAt ?? Date.now() + this.lifetimeMs
      this.kept.set(id, { json: JSON.stringify(session), expiresAt })
      this.removeOldest()
    }
    setImmediate(done, null)
  }

  override destroy(id: string, done: Done = () => {}): void {
    const found = this.kept.get(id)
    if (found) this.kept.set(id, { ...found, json: null })
    setImmediate(done, null)
  }

  /** Removes expired sessions, and the oldest ones beyond the maximum. */
  private removeOldest(): void {
    const now = Date.now()
    for (const [id, { expiresAt }] of this.kept) {
      if (expiresAt > now && this.kept.size <= this.most) return
      this.kept.delete(id)
    }
  }
}
