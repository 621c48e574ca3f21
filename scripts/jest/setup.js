'use strict'
const { databaseNames, startBroker } = require('../../conformance/src/databases')

/** Serves databases to all test files of a run. Starts those that the files name right away. */
module.exports = async function setUp() {
  const files = globalThis.databaseTests
  if (files.length === 0) return
  globalThis.databaseBroker = await startBroker()
  const users = files.filter((text) => /\b(test|describe)Database\(/.test(text))
  globalThis.databaseBroker.prepare(
    databaseNames.filter((name) => users.some((text) => mentions(text, name))),
  )
}

function mentions(text, name) {
  return text.includes(`'${name}'`) || text.includes('databaseNames')
}
