/** `@oauth2-kit/core/command`: how the commands of oauth2-kit start. */
import { nodeProblem } from './node-version'

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
