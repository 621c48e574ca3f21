import { types } from 'node:util'
import type { OAuth2Error } from '../errors/errors'
import type { CommonOptions } from './server-options'

/** Returns the function that passes errors to the option `debug`. */
export function debugging(debug: NonNullable<CommonOptions['debug']>): (error: Error) => void {
  if (typeof debug === 'boolean') return debug ? logError : () => {}
  return (error) => {
    // A failing `debug` must not fail the request, but it is logged.
    try {
      const returned: unknown = debug(error as OAuth2Error)
      // oxlint-disable-next-line promise/no-promise-in-callback -- `debug` may be async
      if (types.isPromise(returned)) returned.catch(logError)
    } catch (failure) {
      logError(failure)
    }
  }
}

function logError(error: unknown): void {
  // oxlint-disable no-console -- the application enabled `debug`
  try {
    console.error(types.isNativeError(error) || error instanceof Error ? error.stack : error)
  } catch {
    console.error('An error cannot be printed, because reading its properties throws')
  }
}
