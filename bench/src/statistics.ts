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

/** The median. */
export function median(samples: readonly number[]): number {
  return quantileOf(samples, 0.5)
}

/** The mean. */
export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length
}

/** A value, and between which two it lies with a confidence of 95 %. */
export interface Estimate {
  value: number
  low: number
  high: number
}

const resamples = 1000

/**
 * The median of everyone's samples, by launch and round, and its ratio to that of a reference. The
 * confidence is bootstrapped: launches are drawn, and of each its rounds, the same ones for
 * everyone, since what a round had to suffer everyone suffered.
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

/** Rounds of launches, as many as there are, with some of them twice and some not at all. */
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
