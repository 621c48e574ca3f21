import type { Emit, EventMap } from './events'
import type { OAuth2Error } from './errors/errors'
import { isObject } from './values/is-object'

const quietMs = 60_000
const most = 100

/** Warns about an error. `what` says what failed. `event` is the event that has the whole error. */
export type Warn = (what: string, error: unknown, event?: string) => void

const mostCauses = 4
const mostFrames = 10

/**
 * Returns a function that emits process warnings: at most one a minute for each error and place. A
 * warning has the name, the code and the stack of an error and of its causes. The message of an
 * error that is not our own, and every value that the application returned, may be secret and is
 * left out. `advice` says what to do, or what happens next. By default, it names the event.
 */
export function warning(advice?: string): Warn {
  const warned = new Map<string, number>()
  return (what, error, event = 'server.error') => {
    const text = `${what}: ${summaryOf(error)}`
    const now = performance.now()
    if (now - (warned.get(text) ?? -Infinity) < quietMs) return
    if (warned.size >= most) warned.clear()
    warned.set(text, now)
    const next = advice ?? `For the whole error, set "debug" or listen to "${event}"`
    process.emitWarning(`${text}. ${next}`, {
      code: 'OAUTH2_KIT_SERVER_ERROR',
      detail: traceOf(error),
    })
  }
}

/**
 * Returns the function that reports the errors which the server sends to clients. All of them go to
 * the option `debug`. A fault or an outage is also emitted as `server.error`. If nobody takes it, a
 * process warning says where it came from.
 */
export function reporting(
  toDebug: (error: Error) => void,
  emit: Emit,
  isTaken: () => boolean,
  warn: Warn,
): (error: OAuth2Error) => void {
  return (error) => {
    toDebug(error)
    if (!isServerError(error)) return
    const cause = error.cause ?? error
    emit('server.error', { error: cause })
    if (!isTaken()) warn('A request failed', cause)
  }
}

/** The failures that no response shows, and the warnings about them if no listener takes them. */
const unnoticed: Partial<Record<keyof EventMap, string>> = {
  // A limiter that fails allows every attempt.
  'limiter.failed': 'The limiter failed',
  'jwks.failed': 'A key set could not be fetched',
  // The last keys stay in use.
  'keys.failed': 'The function "keys" failed',
}

/** Returns an `Emit` that also warns about failures which no response shows, if nobody takes them. */
export function warningOf(
  emit: Emit,
  warn: Warn,
  isTaken: (name: keyof EventMap) => boolean,
): Emit {
  return (name, ...event) => {
    emit(name, ...event)
    const what = unnoticed[name]
    if (what === undefined || isTaken(name)) return
    warn(what, (event[0] as { error: unknown }).error, name)
  }
}

/** Returns whether an error is a fault or an outage. Without a cause, a 503 is a plain refusal. */
function isServerError({ error, cause }: OAuth2Error): boolean {
  return error === 'server_error' || (error === 'temporarily_unavailable' && cause !== undefined)
}

function summaryOf(error: unknown): string {
  if (!isObject(error)) return `${typeof error} was thrown instead of an Error`
  try {
    const { name, code, message, stack } = error
    const kind = isWord(name) ? name : 'Error'
    if (isWord(code) && code.startsWith('OAUTH2_KIT_')) return `${kind}: ${rule(String(message))}`
    const known = isWord(code) || typeof code === 'number' ? ` (${code})` : ''
    const place = placeIn(String(stack), String(message))
    return `${kind}${known}${place === undefined ? '' : ` at ${place}`}`
  } catch {
    return 'an error whose properties cannot be read'
  }
}

/** Returns the stack of an error and of its causes, without their messages. */
function traceOf(error: unknown, depth = mostCauses): string {
  if (!isObject(error) || depth === 0) return ''
  try {
    const frames = framesIn(String(error['stack']), String(error['message'])).slice(0, mostFrames)
    const { cause } = error
    const caused = isObject(cause) ? `\nCaused by ${summaryOf(cause)}\n` : ''
    return `${frames.join('\n')}${caused}${traceOf(cause, depth - 1)}`
  } catch {
    return ''
  }
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value)
}

/** Returns the message of an error of our own, without the value that it complains about. */
function rule(message: string): string {
  const [before = '', after] = message.split(/,? (?:but )?(?:returned|got) /, 2)
  const text = after === undefined ? message : `${before} (it returned another value)`
  return text.replaceAll(/\s+/g, ' ').slice(0, 300)
}

/** Returns the first place in a stack. */
function placeIn(stack: string, message: string): string | undefined {
  return framesIn(stack, message)[0]?.slice('    at '.length)
}

/** Returns the lines of a stack that have a place. A message may contain lines that look like one. */
function framesIn(stack: string, message: string): string[] {
  const at = stack.indexOf(message)
  if (at === -1) return []
  return stack.slice(at + message.length).match(/^ {4}at [^\n]{1,300}:\d+:\d+\)?$/gm) ?? []
}
