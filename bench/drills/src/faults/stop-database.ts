import type { Fault } from './fault'

/** An operator stops PostgreSQL and starts it again. */
export const stopDatabase: readonly Fault[] = (['fast', 'immediate'] as const).map((how) => ({
  name: `stop-${how}`,
  what: `the database is restarted by its "${how}" stop`,
  needs: ['stop'],
  lastsMs: 500,
  break: ({ database }) => database.stop!(how),
  fix: ({ database }) => database.start!(),
}))
