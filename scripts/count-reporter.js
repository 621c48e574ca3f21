'use strict'
const { format } = require('./counts')

/** Prints the numbers of passed, failed and skipped tests on the last line of a test run. */
module.exports = class CountReporter {
  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests },
  ) {
    // A file that can't be run counts as one failure, because the number of its tests is unknown.
    const failed = numFailedTests + numRuntimeErrorTestSuites
    const skipped = numPendingTests + numTodoTests
    this.line = format({ passed: numPassedTests, failed, skipped })
    process.on('exit', () => process.stderr.write(`${this.line}\n`))
  }
}
