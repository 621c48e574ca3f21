import type { DatabaseName } from '@oauth2-kit/conformance/databases'
import { describeCompose } from './describe-compose'
import { Stack, type StackName } from './stack'

const databases: Record<StackName, DatabaseName> = {
  'sql-postgres': 'postgres',
  'prisma-postgres': 'postgres',
  'typeorm-mariadb': 'mariadb',
  mongo: 'mongodb',
  redis: 'redis',
  'redis-cluster': 'redis-cluster',
}

/** The names of all stacks. */
export const stackNames = Object.keys(databases) as StackName[]

/** Tests of a running stack, if Docker and compose are available. */
export function describeStack(name: StackName, define: (stack: () => Stack) => void): void {
  describeCompose(`npm run stack ${name}`, databases[name], () => {
    let stack: Stack
    beforeAll(async () => {
      stack = await Stack.start(name)
    })
    afterAll(() => stack?.[Symbol.asyncDispose]())
    define(() => stack)
  })
}
