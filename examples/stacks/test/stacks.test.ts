import { keepsItsPromises } from './support/behaviour'
import { describeStack } from './support/describe-stack'

// A database each that starts soon; all.stack.ts has every stack.
describeStack('redis', keepsItsPromises)
describeStack('prisma-postgres', keepsItsPromises)
