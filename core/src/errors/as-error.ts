import { types } from 'node:util'
import { described } from '../values/described'

/** Returns a thrown value as an Error, because `process.emitWarning` accepts no other object. */
export function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown
    // An Error of another realm, such as a sandbox, is not an instance of this realm's Error.
    const message = types.isNativeError(thrown)
      ? thrown.message
      : `Something other than an Error was thrown: ${described(thrown)}`
    return new Error(message, { cause: thrown })
  } catch {
    // A Proxy or a getter may throw.
    return new Error('Something was thrown whose properties cannot be read')
  }
}
