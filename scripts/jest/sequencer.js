'use strict'
const { readFileSync } = require('node:fs')
const { default: Sequencer } = require('@jest/test-sequencer')

/** Runs the files that need databases last, and tells the set-up which ones: they start meanwhile. */
module.exports = class DatabaseSequencer extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- not an array's
    const sorted = super.sort(tests)
    const texts = new Map(sorted.map((test) => [test, readFileSync(test.path, 'utf8')]))
    const needy = sorted.filter((test) => /database/i.test(texts.get(test)))
    globalThis.databaseTests = needy.map((test) => texts.get(test))
    return [...sorted.filter((test) => !needy.includes(test)), ...needy]
  }
}
