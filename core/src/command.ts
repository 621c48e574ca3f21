/** `@oauth2-kit/core/command`: how the commands of oauth2-kit start, and what they share with the server. */
import type * as keySet from './crypto/key-set'
import { nodeProblem } from './node-version'

export type { KeyDescription } from './crypto/key-set'

/**
 * Loads the program of a command. If this release of Node.js is too old, prints that in one line
 * instead, and the exit code is 1.
 */
export function startCommand(load: () => unknown): void {
  const problem = nodeProblem()
  if (problem === undefined) {
    load()
    return
  }
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}

/**
 * Resolves with the id, the algorithm and the public half of each private key, as a server with them
 * in the option `keys` uses them. Rejects with an OptionError if the server refuses the keys.
 */
export async function describeKeys(keys: unknown): Promise<keySet.KeyDescription[]> {
  // Loaded here, because this module also loads on a release of Node.js that is too old.
  const { describedKeys } = require('./crypto/key-set') as typeof keySet
  return describedKeys(keys)
}
