import { asError } from '../errors/as-error'
import { OptionError } from '../errors/option-error'
import { type PurgeStore, purgeBatches } from './purge'
import { type StartPurgeOptions, startPurgeOptions } from './purge-options'

/** A sweeper that runs. */
export interface Purging {
  /** Ends it; resolves when the call under way, if there is one, has ended. May be called again. */
  stop(): Promise<void>
}

const longestPauseSeconds = 3600

/**
 * Removes what has expired, again and again, one call of the store at a time, until it is stopped;
 * it does not keep the process alive. Several processes may do so on one store. Throws a TypeError
 * for a wrong option.
 */
export function startPurge(store: PurgeStore, options: StartPurgeOptions = {}): Purging {
  const given = startPurgeOptions(options)
  if (typeof (store as Partial<PurgeStore> | null)?.purge !== 'function')
    throw new OptionError(
      'store',
      'startPurge() needs a store, such as the "model" of oauthserver()',
    )
  const { everySeconds, jitter, onError = warn } = given
  let failures = 0
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
      for await (const _removed of purgeBatches(store, given)) {
        if (stopped) return
      }
      failures = 0
    } catch (error) {
      failures++
      tell(onError, error)
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

/** After each failure in a row it is twice as long, up to an hour. */
function pauseSeconds(everySeconds: number, failures: number): number {
  return Math.max(everySeconds, Math.min(everySeconds * 2 ** failures, longestPauseSeconds))
}

/** What the callback throws, or an async one rejects with, must not end the process. */
function tell(onError: (error: unknown) => void, error: unknown): void {
  try {
    const returned: unknown = onError(error)
    Promise.resolve(returned).catch(warn)
  } catch (failure) {
    warn(failure)
  }
}

function warn(error: unknown): void {
  const { message } = asError(error)
  process.emitWarning(`Purging the store failed, and is tried again: ${message}`, {
    code: 'OAUTH2_KIT_PURGE',
  })
}
