import { setTimeout as sleep } from 'node:timers/promises'

const longestWaitMs = 60_000

/** Returns a row while a session on this very database waits for a lock: others use the server too. */
const waiting = {
  postgres: `SELECT 1 FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  mariadb: `SELECT 1 FROM information_schema.innodb_trx
    JOIN information_schema.processlist ON id = trx_mysql_thread_id
    WHERE trx_state = 'LOCK WAIT' AND db = DATABASE()`,
}

/** Waits until a session on the database waits for a lock. */
export async function untilLockIsAwaited(
  engine: keyof typeof waiting,
  query: (sql: string) => Promise<unknown>,
): Promise<void> {
  const end = Date.now() + longestWaitMs
  while (Date.now() < end) {
    const rows = (await query(waiting[engine])) as unknown[]
    if (rows.length > 0) return
    // MariaDB fills that table anew only if nobody has read it for 100 ms, another test either.
    await sleep(engine === 'postgres' ? 10 : 150 + Math.random() * 300)
  }
  throw new Error(`No session has waited for a lock within ${longestWaitMs} ms`)
}

/**
 * PostgreSQL looks for a deadlock once, when a session has waited this long, and ends the session that
 * looks. The one that is meant to be the victim looks late enough that the deadlock is there by then,
 * and the other one not at all.
 */
export const deadlockTimeout = { victim: '10s', survivor: '100s' }
