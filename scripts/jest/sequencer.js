'use strict'
const { default: Sequencer } = require('@jest/test-sequencer')

/**
 * Runs the files that need databases (`*.db.test.ts`) last, because the databases start in the
 * meantime. In both groups, whole runs of the conformance suite come first, so that none of them
 * runs at the end, when the other workers are idle.
 */
module.exports = class DatabaseSequencer extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- not the method of an array
    const sorted = super.sort(tests)
    const [needy, others] = parted(sorted, /\.db\.(test\.)?ts$/)
    globalThis.databaseTests = needy.length
    return [others, needy].flatMap((group) => parted(group, /\/(conformance|self-test)\./).flat())
  }
}

function parted(tests, name) {
  return [tests.filter(({ path }) => name.test(path)), tests.filter(({ path }) => !name.test(path))]
}
