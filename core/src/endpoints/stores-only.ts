import { OptionError } from '../errors/option-error'
import type { TokenStorage } from '../storage/storage'
import type { Context } from '../context'

/** Returns what only a store can do. Throws a TypeError that names `what` on a 2.4 model. */
export function tokensOf({ storage: { tokens } }: Context, what: string): TokenStorage {
  if (tokens) return tokens
  throw new OptionError('model', `${what} needs a store, and "model" is a 2.4 model`)
}
