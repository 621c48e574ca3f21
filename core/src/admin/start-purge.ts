import { asError } from '../errors/as-error'
import { type PurgeStore, assertPurges, purgeBatches, purgeClients } from './purge'
import { type StartPurgeOptions, startPurgeOptions } from './purge-options'

/** A running purge. */
export interface Purging {
  /** Stops the purge. Resolves once no call is pending. May be called several times. */
  stop(): Promise<void>
}

const longestPauseSeconds = 3600
/** Every client is read, so this is done less often than a sweep. */
const clientsEverySeconds = 3600

/**
 * Removes expired entries periodically until it is stopped, with one call of the store at a time.
 * With `unusedClientsSeconds`, also removes unused clients that registered themselves, at most once an
 * hour. It does not keep the process alive. Several processes may purge the same store. Throws an
 * OptionError if an option is wrong.
 */
export function startPurge(store: PurgeStore, options: StartPurgeOptions = {}): Purging {
  const purgeSettings = startPurgeOptions(options)
  assertPurges(store, purgeSettings, 'startPurge()')
  const { everySeconds, jitter, onError = warn, now } = purgeSettings
  let failures = 0
  let clientsAt = -Infinity
  let stopped = false
  let timer: NodeJS.Timeout
  let sweeping = Promise.resolve()

  function wait(): void {
    if (stopped) return
    const seconds = pauseSeconds(everySeconds, failures) * (1 - jitter * Math.random())
    timer = setTimeout(() => (sweeping = sweep()), seconds * 1000)
    timer.unref()
  }

  async function sweep(): Promise<void> {
    try {
      for await (const _removed of purgeBatches(store, purgeSettings)) {
        if (stopped) return
      }
      const startedAt = now()
      if (startedAt - clientsAt >= clientsEverySeconds * 1000) {
        for await (const _removed of purgeClients(store, purgeSettings)) {
          if (stopped) return
        }
        clientsAt = startedAt
      }
      failures = 0
    } catch (error) {
      failures++
      report(onError, error)
    }
    wait()
  }

  wait()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
      return sweeping
    },
  }
}

/** Returns the wait, which doubles with each consecutive failure, up to an hour. */
function pauseSeconds(everySeconds: number, failures: number): number {
  return Math.max(everySeconds, Math.min(everySeconds * 2 ** failures, longestPauseSeconds))
}

/** Calls the callback. An error or rejection of the callback must not end the process. */
function report(onError: (error: unknown) => void, error: unknown): void {
  try {
    const returned: unknown = onError(error)
    Promise.resolve(returned).catch(warn)
  } catch (failure) {
    warn(failure)
  }
}

function warn(error: unknown): void {
  const { message } = asError(error)
  process.emitWarning(`Purging the store failed and will be retried: ${message}`, {
    code: 'OAUTH2_KIT_PURGE',
  })
}
