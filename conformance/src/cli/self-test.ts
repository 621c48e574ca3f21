import { cases } from '../cases'
import { type SelfTest, type Trial, selfTest } from '../self-test/self-test'

/** Runs the self-test and writes its results, one line per store. */
export async function runSelfTest(write: (text: string) => void): Promise<SelfTest> {
  const result = await selfTest({
    progress: (trial, done, of) => write(`${lineOf(trial, done, of)}\n`),
  })
  const complaints = result.trials.filter(({ complaint }) => complaint)
  write(
    `\n${result.trials.length} stores tested on ${cases().length} cases: ${complaints.length} complaints, ${result.unproved.length} cases that no mutant makes fail\n`,
  )
  for (const id of result.unproved) write(`  no mutant makes ${id} fail\n`)
  return result
}

function lineOf({ variant, failed, complaint }: Trial, done: number, of: number): string {
  const head = `${String(done).padStart(String(of).length)}/${of}`
  const caughtBy = 'caughtBy' in variant ? String(variant.caughtBy) : 'passes'
  const collateral = failed.length > 1 ? ` (and ${failed.length - 1} more)` : ''
  return `${head} ${complaint ? '✗' : '✓'} ${variant.name}: ${complaint ?? `${caughtBy}${collateral}`}`
}
