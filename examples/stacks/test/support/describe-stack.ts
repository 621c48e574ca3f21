import { spawnSync } from 'node:child_process'
import { type DatabaseName, isRequired } from '@oauth2-kit/conformance/databases'
import { Stack, type StackName } from './stack'

// Starting databases and hashing passwords are slow, especially on a busy machine.
jest.setTimeout(300_000)

const databases: Record<StackName, DatabaseName> = {
  'prisma-postgres': 'postgres',
  'typeorm-mariadb': 'mariadb',
  mongo: 'mongodb',
  redis: 'redis',
  'redis-cluster': 'redis-cluster',
}

/** The names of all stacks. */
export const stackNames = Object.keys(databases) as StackName[]

/**
 * A `describe` that starts a stack. Without Docker and compose it is skipped, and prints a notice,
 * but fails if `OAUTH2_TEST_REQUIRE` names the database of the stack.
 */
export function describeStack(name: StackName, define: (stack: () => Stack) => void): void {
  const available = hasCompose()
  if (!available) {
    process.stderr.write(`\n  *** SKIPPED: the stack ${name}. No Docker with compose. ***\n\n`)
  }
  const describeIt = available || isRequired(databases[name]) ? describe : describe.skip
  describeIt(`npm run stack ${name}`, () => {
    let stack: Stack
    beforeAll(async () => {
      stack = await Stack.start(name)
    })
    afterAll(() => stack?.[Symbol.asyncDispose]())
    define(() => stack)
  })
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
