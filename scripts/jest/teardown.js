'use strict'

/** Stops the containers of the run. */
module.exports = async function tearDown() {
  await globalThis.databaseBroker?.stop()
}
