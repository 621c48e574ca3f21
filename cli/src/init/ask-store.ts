import { createInterface } from 'node:readline'
import { type Surroundings, UsageError } from '../command'
import { table } from '../table'
import type { StoreTemplate } from './templates'

/** Asks at the terminal for a store, by number or name. The first one is the default. */
export async function askStore(
  stores: readonly StoreTemplate[],
  { stdin, stderr }: Surroundings,
): Promise<StoreTemplate> {
  const [first] = stores
  const rows = stores.map(({ name, about }, index) => [`  ${index + 1}`, name, about])
  const question = `Number or name [${first?.name}]: `
  const lines = createInterface({ input: stdin, output: stderr })
  stderr.write(`Where should the provider store its data?\n\n${table(rows)}\n\n${question}`)
  try {
    for await (const line of lines) {
      const answer = line.trim().toLowerCase()
      const chosen =
        answer === ''
          ? first
          : (stores[Number(answer) - 1] ?? stores.find(({ name }) => name === answer))
      if (chosen) return chosen
      stderr.write(`Unknown store. ${question}`)
    }
  } finally {
    lines.close()
  }
  throw new UsageError('no store was chosen, so nothing was written')
}
