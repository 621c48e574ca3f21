import { createInterface } from 'node:readline'
import { type Surroundings, UsageError } from '../command'
import { table } from '../table'
import type { StoreTemplate } from './templates'

/** Asks a person at the terminal which store it is to be, by number or name; the first is proposed. */
export async function askStore(
  stores: readonly StoreTemplate[],
  { stdin, stderr }: Surroundings,
): Promise<StoreTemplate> {
  const [first] = stores
  const rows = stores.map(({ name, about }, index) => [`  ${index + 1}`, name, about])
  const question = `Number or name [${first?.name}]: `
  const lines = createInterface({ input: stdin, output: stderr })
  stderr.write(`Where is the provider to keep its data?\n\n${table(rows)}\n\n${question}`)
  try {
    for await (const line of lines) {
      const answer = line.trim().toLowerCase()
      const chosen =
        answer === ''
          ? first
          : (stores[Number(answer) - 1] ?? stores.find(({ name }) => name === answer))
      if (chosen) return chosen
      stderr.write(`There is no such one. ${question}`)
    }
  } finally {
    lines.close()
  }
  throw new UsageError('no store was chosen, and nothing was written')
}
