'use strict'
const { readFileSync } = require('node:fs')
const { default: Sequencer } = require('@jest/test-sequencer')

/**
 * Runs the files that need databases last, and tells the set-up which ones: they start meanwhile.
 * Whole runs of the suite begin first, with databases and without: none of them is left for the
 * end, when the other workers have nothing to do.
 */
module.exports = class DatabaseSequencer extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- not an array's
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
