/** Takes one sample. */
export type Sample = () => Promise<number>

/** The number of rounds. */
export interface Rounds {
  /** Rounds that are discarded, while code is compiled and caches fill. */
  warmUp: number
  measured: number
}

/**
 * Takes the samples of all contenders in turns: each round samples every contender once, in random
 * order. Other activity on the machine therefore affects all of them equally.
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
    for (const name of shuffled(names)) {
      const sample = await contenders[name]()
      if (round >= warmUp) samples[name].push(sample)
    }
  }
  return samples
}

/** Returns a copy in random order. */
export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
