import type { Fault } from './fault'

/** An operator stops PostgreSQL and starts it again. */
export const stopDatabase: readonly Fault[] = (['fast', 'immediate'] as const).map((how) => ({
  name: `stop-${how}`,
  what: `the database is stopped in its "${how}" mode and started again`,
  needs: ['stop'],
  lastsMs: 500,
  break: ({ database }) => database.stop!(how),
  fix: ({ database }) => database.start!(),
}))
