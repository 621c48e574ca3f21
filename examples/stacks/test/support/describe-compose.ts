import { spawnSync } from 'node:child_process'
import { type DatabaseName, isRequired } from '@oauth2-kit/conformance/databases'

/**
 * A `describe` for tests that start containers with compose. Without Docker and compose it is
 * skipped, and prints a notice, but fails if `OAUTH2_TEST_REQUIRE` names the database.
 */
export function describeCompose(title: string, database: DatabaseName, define: () => void): void {
  const available = hasCompose()
  if (!available) process.stderr.write(`\n  *** SKIPPED: ${title}. No Docker with compose. ***\n\n`)
  const describeIt = available || isRequired(database) ? describe : describe.skip
  describeIt(title, define)
}

function hasCompose(): boolean {
  return (
    answers('docker', 'version') &&
    (answers('docker', 'compose', 'version') || answers('docker-compose', 'version'))
  )
}

function answers(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0
}
