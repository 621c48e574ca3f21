/** What a number of samples says: the middle, and where the middle half of them lies. */
export interface Summary {
  median: number
  lowerQuartile: number
  upperQuartile: number
}

/** The median and the quartiles, between the two nearest samples where they fall between. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
  }
}

/** The value below which that share of the samples lies. */
export function quantileOf(samples: readonly number[], share: number): number {
  return quantile(
    samples.toSorted((a, b) => a - b),
    share,
  )
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) throw new Error('There are no samples')
  return below + (above - below) * (at - Math.floor(at))
}
