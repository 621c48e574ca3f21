import { setTimeout as pause } from 'node:timers/promises'

const mostAttempts = 20
const firstPauseMs = 5
const longestPauseMs = 200

/**
 * Runs the work up to 20 times while it fails with a transient error: a deadlock, a serialization
 * failure or a busy database, after which nothing has changed. The pauses between the attempts grow
 * up to 200 milliseconds and are random, so that calls that collided do not collide again. A lost
 * connection is not a transient error, because the database may have executed the statement.
 */
export async function retried<T>(
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === mostAttempts || !isTransient(error)) throw error
      await pause(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** attempt))
    }
  }
}
