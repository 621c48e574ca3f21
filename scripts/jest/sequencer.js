'use strict'
const { default: Sequencer } = require('@jest/test-sequencer')

/** Files that take a minute or more. */
const slow =
  /\/(?:conformance|self-test|hostile-stores|written-provider|init-store|bundlers|browser|prompt)\./

/**
 * Runs slow files first, so that none of them runs at the end, when the other workers
 * are idle. Files that need databases (`*.db.test.ts`) come after those that do not, because the
 * databases start in the meantime.
 */
module.exports = class DatabaseSequencer extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- not the method of an array
    const sorted = super.sort(tests)
    const [needy, others] = parted(sorted, /\.db\.(test\.)?ts$/)
    globalThis.databaseTests = needy.length
    const [first, second] = [others, needy].map((group) => parted(group, slow))
    return [first[0], second[0], first[1], second[1]].flat()
  }
}

function parted(tests, name) {
  return [tests.filter(({ path }) => name.test(path)), tests.filter(({ path }) => !name.test(path))]
}
