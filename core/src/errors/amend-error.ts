import { type OAuth2Error, ServerError } from './errors'

/**
 * The error with another status and other headers. The error itself stays as it is: it may belong
 * to the application, which may throw the same one again.
 */
export function amended(
  error: OAuth2Error,
  code: number,
  headers: Record<string, string>,
): OAuth2Error {
  const copy = Object.create(Object.getPrototypeOf(error) as object) as OAuth2Error
  const define = (name: string, descriptor: PropertyDescriptor) =>
    Object.defineProperty(copy, name, { configurable: true, ...descriptor })
  for (const [name, value] of [
    ...Object.entries(error),
    ['code', code],
    ['headers', headers],
  ] as const) {
    define(name, { value, writable: true, enumerable: true })
  }
  // As on any error: no members that JSON.stringify writes. To look at the stack takes long, and
  // most errors are looked at by nobody.
  define('stack', { get: () => error.stack })
  define('message', { value: error.message, writable: true })
  if ('cause' in error) define('cause', { value: error.cause, writable: true })
  return copy
}

/**
 * The error, if all of it can be read; else a `server_error`. It may be the application's, and have
 * getters that throw.
 */
export function readable(error: OAuth2Error): OAuth2Error {
  try {
    // Inherited members too: a subclass may have getters on its prototype. The stack is left out,
    // since computing it takes long and no answer has it.
    for (const name of ['code', 'error', 'error_description', 'message', 'cause']) {
      Reflect.get(error, name)
    }
    Object.entries(error)
    Object.entries(headersOf(error))
    return error
  } catch (cause) {
    return new ServerError(null, cause)
  }
}

/** The headers of an error; it may be the application's, and have anything in their place. */
export function headersOf({ headers }: OAuth2Error): Record<string, string> {
  return typeof headers === 'object' && headers !== null ? { ...headers } : {}
}
