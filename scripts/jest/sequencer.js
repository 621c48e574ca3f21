'use strict'
const { readFileSync } = require('node:fs')
const { default: Sequencer } = require('@jest/test-sequencer')

/**
 * Runs the files that need databases last, and tells the set-up which files these are, so that the
 * databases start in the meantime. In both groups, whole runs of the suite come first: none of them
 * should be left for the end, when the other workers are idle.
 */
module.exports = class DatabaseSequencer extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- not the method of an array
    const sorted = super.sort(tests)
    const texts = new Map(sorted.map((test) => [test, readFileSync(test.path, 'utf8')]))
    const [needy, others] = parted(sorted, (test) =>
      /database|describe(Engines|Servers)\(|onServers\(/i.test(texts.get(test)),
    )
    globalThis.databaseTests = needy.map((test) => texts.get(test))
    return [others, needy].flatMap((tests) =>
      parted(tests, (test) => /\b(describeConformance|selfTests)\(/.test(texts.get(test))).flat(),
    )
  }
}

function parted(tests, isMeant) {
  return [tests.filter((test) => isMeant(test)), tests.filter((test) => !isMeant(test))]
}
