import type { Fault } from './fault'

/** The database freezes, and then processes all input that arrived in the meantime. */
export const freeze: readonly Fault[] = [13, 60].map((seconds) => ({
  name: `freeze-${seconds}`,
  what: `the processes of the database are frozen for ${seconds} seconds; afterwards it executes everything that it received`,
  needs: ['freeze'],
  holdsCodes: true,
  lastsMs: seconds * 1000,
  break: ({ database }) => database.freeze!(),
  fix: ({ database }) => database.thaw!(),
}))
