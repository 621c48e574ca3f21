import { OptionError } from '../options/option-error'
import type { TokenPort } from '../store/port'
import type { Server } from './server'

/** Returns what only a store can do. Throws a TypeError that names `what` on a 2.4 model. */
export function tokensOf({ port: { tokens } }: Server, what: string): TokenPort {
  if (tokens) return tokens
  throw new OptionError('model', `${what} needs a store, and "model" is a 2.4 model`)
}
