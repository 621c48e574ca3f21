import type { Fault } from './fault'

/** The database loses power, and is started again. */
export const killDatabase: Fault = {
  name: 'kill-database',
  what: 'SIGKILL of the database; it starts again after three seconds',
  needs: ['kill'],
  lastsMs: 3_000,
  break: ({ database }) => database.kill!(),
  fix: ({ database }) => database.start!(),
}
