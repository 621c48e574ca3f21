const sliceMs = 2

/**
 * Starts a slice of a long task. Returns a function that returns true once the slice is over, so
 * that other requests can run.
 */
export function newSlice(): () => boolean {
  const end = performance.now() + sliceMs
  return () => performance.now() >= end
}

/** Resolves after pending requests have had a chance to run. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Runs the steps in slices of a few milliseconds, with a pause after each slice. Resolves with the
 * result of the generator.
 */
export async function inSlices<T>(steps: Generator<void, T>): Promise<T> {
  let isOver = newSlice()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (!isOver()) continue
    await pause()
    isOver = newSlice()
  }
}

/** Runs all steps without a pause. Returns the result of the generator. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
