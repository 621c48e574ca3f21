const sliceMs = 2

/** Counts down a slice of a long task: true once it is time to let requests in. */
export function newSlice(): () => boolean {
  const end = performance.now() + sliceMs
  return () => performance.now() >= end
}

/** Lets requests in. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Runs the steps, in slices of a few milliseconds, and returns what they return. */
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

/** Runs the steps at once. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
