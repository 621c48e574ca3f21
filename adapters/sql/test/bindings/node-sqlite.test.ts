import { nodeSqlite } from '../support/bindings/node-sqlite'
import { describeBinding } from '../support/describe-binding'

// `npm run test:node` runs it on the releases that have the module.
if (nodeSqlite()) {
  describeBinding('node-sqlite')
} else {
  process.stderr.write(
    `\n  *** SKIPPED: every test of node-sqlite: Node.js ${process.version} has no node:sqlite. ***\n\n`,
  )
  it.skip('needs node:sqlite, of Node.js 22.13 or later', () => {})
}
