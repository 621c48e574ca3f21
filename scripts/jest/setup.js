'use strict'
const { databaseNames, startBroker } = require('../../conformance/src/databases')

/** If so many files need a database, all databases are needed. */
const many = 20

/**
 * Serves databases to all test files of a run. A run of many files starts all databases right away;
 * another one starts a database when a file asks for it.
 */
module.exports = async function setUp() {
  if (globalThis.databaseTests === 0) return
  globalThis.databaseBroker = await startBroker()
  if (globalThis.databaseTests >= many) globalThis.databaseBroker.prepare(databaseNames)
}
