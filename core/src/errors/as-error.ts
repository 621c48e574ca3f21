import { types } from 'node:util'
import { described } from '../values/described'

/** What was thrown, as an Error: anything can be thrown, and `process.emitWarning` takes no other. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  // That of another realm, such as a sandbox, is none of this one's.
  const message = types.isNativeError(thrown)
    ? thrown.message
    : `Something other than an Error was thrown: ${described(thrown)}`
  return new Error(message, { cause: thrown })
}
