/** How much is measured. */
export interface Effort {
  /** Whether it is much less than it takes to tell things apart. */
  isQuick: boolean
  /** Over HTTP: how often every server is started anew. */
  launches: number
  /** Over HTTP: visits to every server in each launch. */
  rounds: number
  /** Of growing stores: how many live grants there are. */
  sizes: readonly number[]
  /** Of growing stores: turns of each size. */
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
 * Says how much to measure: little, to see whether it runs and roughly where things are, and stores
 * of other sizes. Throws an Error if they are not sizes.
 */
export function choose(isQuick: boolean, sizes: readonly number[] | undefined): void {
  if (sizes?.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new Error('--sizes takes numbers of grants, such as 1000,100000')
  }
  const basis = isQuick ? quick : whole
  chosen = { ...basis, sizes: sizes?.toSorted((a, b) => a - b) ?? basis.sizes }
}

/** Restricts benchmarks that have parts to these; none = all. */
export function chooseParts(names: readonly string[]): void {
  wanted = names
}

/** Whether a part of a benchmark is to be run. */
export function isWanted(part: string): boolean {
  return wanted.length === 0 || wanted.includes(part)
}

/** How much is measured. */
export function effort(): Effort {
  return chosen
}
