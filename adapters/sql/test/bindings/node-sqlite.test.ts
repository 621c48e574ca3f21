import { describeBinding } from '../support/describe-binding'
import { nodeSqlite } from '../support/bindings/node-sqlite'

const isHere = nodeSqlite() !== undefined
if (!isHere) {
  process.stderr.write(
    `\n  *** SKIPPED: every test of node-sqlite: Node.js ${process.version} has no node:sqlite. ***\n\n`,
  )
}

// `npm run test:node` runs it on the releases that have the module.
const describeHere = isHere ? describe : describe.skip
describeHere('node-sqlite', () => describeBinding('node-sqlite'))
