import type { Fault } from './fault'

/** The database stands still, and then goes on with all that it was sent. */
export const freeze: readonly Fault[] = [13, 60].map((seconds) => ({
  name: `freeze-${seconds}`,
  what: `the database stands still for ${seconds} seconds (its processes are frozen), and then does all that it was sent meanwhile`,
  needs: ['freeze'],
  holdsCodes: true,
  lastsMs: seconds * 1000,
  break: ({ database }) => database.freeze!(),
  fix: ({ database }) => database.thaw!(),
}))
