import type { Fault } from './fault'

/** The database freezes, and then processes all input that arrived in the meantime. */
export const freeze: readonly Fault[] = [13, 60].map((seconds) => ({
  name: `freeze-${seconds}`,
  what: `the database stands still for ${seconds} seconds (its processes are frozen), and then does all that it was sent meanwhile`,
  needs: ['freeze'],
  holdsCodes: true,
  lastsMs: seconds * 1000,
  break: ({ database }) => database.freeze!(),
  fix: ({ database }) => database.thaw!(),
}))
