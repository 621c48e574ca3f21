/** Calls `act` for every item, 40 at a time, and resolves with the results in order. */
export async function inTurns<T, R>(
  items: readonly T[],
  act: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  for (let n = 0; n < items.length; n += 40) {
    const some = items.slice(n, n + 40).map((item, at) => act(item, n + at))
    results.push(...(await Promise.all(some)))
  }
  return results
}
