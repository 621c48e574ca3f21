/** A summary of samples: the median, and the range of the middle half. */
export interface Summary {
  median: number
  lowerQuartile: number
  upperQuartile: number
}

/** Returns the median and the quartiles, interpolated between the two nearest samples. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
  }
}

/** Returns the value below which that share of the samples lies. */
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
  if (below === undefined || above === undefined) throw new Error('The list of samples is empty')
  return below + (above - below) * (at - Math.floor(at))
}

/** Returns the median. */
export function median(samples: readonly number[]): number {
  return quantileOf(samples, 0.5)
}

/** Returns the mean. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length
}

/** A value with its 95 % confidence interval. */
export interface Estimate {
  value: number
  low: number
  high: number
}

const resamples = 1000

/**
 * Returns the median of each contender's samples, by launch and round, and its ratio to the median
 * of a reference. The confidence interval is bootstrapped: launches are drawn, and rounds within
 * each of them. All contenders use the same draws, because a disturbance of a round affected all of
 * them.
 */
export function estimates(
  samples: Readonly<Record<string, readonly (readonly number[])[]>>,
  reference: (values: Readonly<Record<string, Estimate>>) => string,
): { values: Record<string, Estimate>; ratios: Record<string, Estimate> } {
  const labels = Object.keys(samples)
  const shape = samples[labels[0]!]!.map(({ length }) => length)
  const draws = Array.from({ length: resamples }, () => draw(shape))
  const drawn = Object.fromEntries(
    labels.map((label) => [
      label,
      draws.map((picks) =>
        median(picks.map(([launch, round]) => samples[label]![launch]![round]!)),
      ),
    ]),
  )
  const found = Object.fromEntries(
    labels.map((label) => [label, estimate(median(samples[label]!.flat()), drawn[label]!)]),
  )
  const base = reference(found)
  const ratios = Object.fromEntries(
    labels.map((label) => [
      label,
      estimate(
        found[label]!.value / found[base]!.value,
        drawn[label]!.map((value, at) => value / drawn[base]![at]!),
      ),
    ]),
  )
  return { values: found, ratios }
}

function estimate(value: number, drawn: readonly number[]): Estimate {
  return { value, low: quantileOf(drawn, 0.025), high: quantileOf(drawn, 0.975) }
}

/** Draws rounds with replacement, as many as there are: some are drawn twice and others never. */
function draw(rounds: readonly number[]): [launch: number, round: number][] {
  return rounds.flatMap(() => {
    const launch = anyBelow(rounds.length)
    const count = rounds[launch]!
    return Array.from({ length: count }, () => [launch, anyBelow(count)] as [number, number])
  })
}

function anyBelow(count: number): number {
  return Math.floor(Math.random() * count)
}
