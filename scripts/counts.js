'use strict'
// The numbers of passed, failed and skipped tests on the last line of a test run.

const line = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm

/**
 * Returns the counts on the last such line of the output. A run that failed, or that has no such line,
 * counts as one failure at least, because it may have ended before its tests.
 */
exports.countsIn = (output, isSuccess) => {
  const found = [...output.matchAll(line)].at(-1)
  if (!found) return { passed: 0, failed: 1, skipped: 0 }
  const [passed, failed, skipped] = found.slice(1).map((count) => Number(count ?? 0))
  return { passed, failed: isSuccess ? failed : Math.max(failed, 1), skipped }
}

/** Returns the sum of the counts of several runs. */
exports.sum = (counts) => {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const one of counts) for (const key of Object.keys(total)) total[key] += one[key]
  return total
}

exports.format = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
