'use strict'
const path = require('node:path')
const { format } = require('./counts')

/** The number of files whose time is printed. */
const slowest = 15
/** The longest text of a failure, in characters. */
const longestText = 600

/**
 * Prints at the end of a test run, where a log that is cut still shows it: the slowest files, each
 * failed test with its error, and on the last line the numbers of passed, failed and skipped tests.
 */
module.exports = class CountReporter {
  onRunComplete(
    _contexts,
    {
      numPassedTests,
      numFailedTests,
      numRuntimeErrorTestSuites,
      numPendingTests,
      numTodoTests,
      testResults,
    },
  ) {
    // A file that can't be run counts as one failure, because the number of its tests is unknown.
    const failed = numFailedTests + numRuntimeErrorTestSuites
    const skipped = numPendingTests + numTodoTests
    const lines = ['Slowest files:', ...times(testResults), ...failures(testResults)]
    lines.push(format({ passed: numPassedTests, failed, skipped }))
    process.on('exit', () => process.stderr.write(`${lines.join('\n')}\n`))
  }
}

function times(results) {
  const files = results.toSorted((one, other) => seconds(other) - seconds(one)).slice(0, slowest)
  return files.map((file) => `${String(seconds(file)).padStart(5)} s  ${nameOf(file)}`)
}

function seconds({ perfStats: { start, end } }) {
  return Math.round((end - start) / 1000)
}

function failures(results) {
  return results.flatMap((file) => {
    const failed = file.testResults.filter(({ status }) => status === 'failed')
    const lines = failed.map((test) => failure(file, test.fullName, test.failureMessages[0]))
    if (file.testExecError) {
      // The error of a hook is in the stack only.
      const { message, stack } = file.testExecError
      lines.push(failure(file, 'cannot be run', message || stack))
    }
    return lines
  })
}

function failure(file, test, text = '') {
  // oxlint-disable-next-line no-control-regex -- the colours of a terminal
  const plain = text.replaceAll(/\u001B\[\d+m/g, '').slice(0, longestText)
  return `FAILED ${nameOf(file)}: ${test}\n${plain.replaceAll(/^/gm, '    ')}`
}

function nameOf({ testFilePath }) {
  return path.relative(process.cwd(), testFilePath)
}
