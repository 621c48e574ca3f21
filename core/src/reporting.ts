import type { Emit } from './events'
import type { OAuth2Error } from './errors/errors'
import { isObject } from './values/is-object'

const quietMs = 60_000

/**
 * Returns the function that reports the errors which the server sends to clients. All of them go to
 * the option `debug`. A fault or an outage is also emitted as `server.error`. If nobody takes it, a process warning says where it came from, at most once a minute for each place.
 */
export function reporting(
  toDebug: (error: Error) => void,
  emit: Emit,
  isTaken: () => boolean,
): (error: OAuth2Error) => void {
  const warned = new Map<string, number>()
  return (error) => {
    toDebug(error)
    if (!isServerError(error)) return
    emit('server.error', { error: error.cause ?? error })
    if (!isTaken()) warn(error, warned)
  }
}

/** Returns whether an error is a fault or an outage. Without a cause, a 503 is a plain refusal. */
function isServerError({ error, cause }: OAuth2Error): boolean {
  return error === 'server_error' || (error === 'temporarily_unavailable' && cause !== undefined)
}

function warn(error: OAuth2Error, warned: Map<string, number>): void {
  const text = summaryOf(error.cause ?? error)
  const now = performance.now()
  if (now - (warned.get(text) ?? -Infinity) < quietMs) return
  if (warned.size >= 100) warned.clear()
  warned.set(text, now)
  process.emitWarning(
    `A request failed: ${text}. For the whole error, set "debug" or listen to "server.error"`,
    { code: 'OAUTH2_KIT_SERVER_ERROR' },
  )
}

/**
 * Returns the name, the code and the place of an error. The message of an error that is not our own
 * may contain a secret, so it is left out.
 */
function summaryOf(error: unknown): string {
  if (!isObject(error)) return `${typeof error} was thrown instead of an Error`
  try {
    const { name, code, message, stack } = error
    const own = typeof code === 'string' && code.startsWith('OAUTH2_KIT_')
    const place = /^ {4}at (.+)$/m.exec(String(stack))?.[1]
    return [
      String(name),
      own && `: ${String(message)}`,
      !own && (typeof code === 'string' || typeof code === 'number') && ` (${code})`,
      !own && place !== undefined && ` at ${place}`,
    ]
      .filter(Boolean)
      .join('')
  } catch {
    return 'an error whose properties cannot be read'
  }
}
