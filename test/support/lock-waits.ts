import { setTimeout as sleep } from 'node:timers/promises'

const longestWaitMs = 60_000

/** Return a row while a session of this database waits for a lock. Other tests share the server. */
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
    // MariaDB refreshes that table only if no session, of any test, has read it for 100 ms.
    await sleep(engine === 'postgres' ? 10 : 150 + Math.random() * 300)
  }
  throw new Error(`No session has waited for a lock within ${longestWaitMs} ms`)
}

/**
 * PostgreSQL checks for a deadlock once a session has waited this long, and aborts the session that
 * checks. The victim checks only after the deadlock exists, and the survivor never checks.
 */
export const deadlockTimeout = { victim: '10s', survivor: '100s' }
