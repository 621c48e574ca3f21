import type { StoredRecord } from '@oauth2-kit/core'
import type { Database } from './database'
import type { Keys } from './schema'
import { addRecordScript, forgetTakenScript, takeRecordScript } from './scripts/record'

/**
 * The methods for short-lived records. `slackMs` is how long a record is kept after its expiry, in
 * milliseconds. `call` returns a unique name for each call.
 */
export function recordMethods(
  { send, run }: Database,
  keys: Keys,
  slackMs: number,
  call: () => string,
) {
  return {
    async addRecord({ key, data, expiresAt }: StoredRecord): Promise<boolean> {
      const args = [slackMs, call(), expiresAt, data]
      return (await run(addRecordScript, [keys.record(key)], args)) === 'added'
    },

    async getRecord(key: string): Promise<StoredRecord | null> {
      const text = await send<string | null>('get', keys.record(key))
      // A record that was taken may still be there, for the call that took it.
      return text === null || text.startsWith('!') ? null : toRecord(key, text)
    },

    async takeRecord(key: string): Promise<StoredRecord | null> {
      const own = [keys.record(key)]
      const name = call()
      const text = await run<string | null>(takeRecordScript, own, [name])
      if (text === null) return null
      // Not awaited: the taken record expires within a minute.
      run(forgetTakenScript, own, [name]).catch(() => {})
      return toRecord(key, text)
    },
  }
}

/** Returns the record in a text: the call that added it, the expiry, then the data. */
function toRecord(key: string, text: string): StoredRecord {
  const start = text.indexOf('\n') + 1
  const end = text.indexOf('\n', start)
  return { key, data: text.slice(end + 1), expiresAt: Number(text.slice(start, end)) }
}
