'use strict'

/** Ends a test run with one line that says how many tests there were, for CI and for people. */
module.exports = class CountReporter {
  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests },
  ) {
    // A file that can't be run at all counts as one failure: its tests are not known.
    const failed = numFailedTests + numRuntimeErrorTestSuites
    const skipped = numPendingTests + numTodoTests
    this.line = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    process.on('exit', () => process.stderr.write(`${this.line}\n`))
  }
}
