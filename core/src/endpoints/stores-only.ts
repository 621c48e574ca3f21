import { OptionError } from '../errors/option-error'
import type { TokenStorage } from '../storage/storage'
import type { Context } from '../context'

/**
 * Returns the token storage, which only a store has. On a 2.4 model, throws an OptionError that
 * names the feature in `what`.
 */
export function tokensOf({ storage: { tokens } }: Context, what: string): TokenStorage {
  if (tokens) return tokens
  throw new OptionError(
    'model',
    `${what} needs a store, but "model" is a 2.4 model: pass a store instead`,
  )
}
