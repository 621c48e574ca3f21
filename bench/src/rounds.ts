/** Takes one sample. */
export type Sample = () => Promise<number>

/** How often everyone has their turn. */
export interface Rounds {
  /** Rounds that are thrown away: the code is compiled and the caches fill. */
  warmUp: number
  measured: number
}

/**
 * The samples of every contender, taken in turns: each round asks everyone once, and begins with
 * another one. What else the machine does meanwhile, it does to all of them.
 */
export async function interleaved<K extends string>(
  contenders: Readonly<Record<K, Sample>>,
  { warmUp, measured }: Rounds,
): Promise<Record<K, number[]>> {
  const names = Object.keys(contenders) as K[]
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    K,
    number[]
  >
  for (let round = 0; round < warmUp + measured; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const sample = await contenders[name]()
      if (round >= warmUp) samples[name].push(sample)
    }
  }
  return samples
}

/** A copy in an order by chance. */
export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
