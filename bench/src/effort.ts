/** How much is measured. */
export interface Effort {
  /** Whether it is far too little to distinguish contenders reliably. */
  isQuick: boolean
  /** Over HTTP: how many times every server is restarted. */
  launches: number
  /** Over HTTP: visits to every server per launch. */
  rounds: number
  /** For growing stores: the numbers of live grants. */
  sizes: readonly number[]
  /** For growing stores: rounds per size. */
  growthRounds: number
}

const whole: Effort = {
  isQuick: false,
  launches: 5,
  rounds: 16,
  sizes: [1000, 10_000, 100_000, 1_000_000],
  growthRounds: 50,
}
const quick: Effort = {
  isQuick: true,
  launches: 1,
  rounds: 4,
  sizes: [1000, 10_000],
  growthRounds: 10,
}
let chosen = whole
let wanted: readonly string[] = []

/**
 * Sets how much to measure: the quick effort only checks that everything runs and gives rough
 * numbers. `sizes` overrides the sizes of the stores. Throws an Error if one of them is not a size.
 */
export function choose(isQuick: boolean, sizes: readonly number[] | undefined): void {
  if (sizes?.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new Error('--sizes must be numbers of grants, such as 1000,100000')
  }
  const basis = isQuick ? quick : whole
  chosen = { ...basis, sizes: sizes?.toSorted((a, b) => a - b) ?? basis.sizes }
}

/** Restricts benchmarks to these parts; an empty list means all. */
export function chooseParts(names: readonly string[]): void {
  wanted = names
}

/** Returns whether a part of a benchmark is to be run. */
export function isWanted(part: string): boolean {
  return wanted.length === 0 || wanted.includes(part)
}

/** Returns how much to measure. */
export function effort(): Effort {
  return chosen
}
