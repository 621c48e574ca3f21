import type { Fault } from './fault'

/** The node that takes the writes is killed, and another one takes over. */
export const failOver: Fault = {
  name: 'fail-over',
  what: 'SIGKILL of the node that takes the writes; fixed when another one has taken over; then it comes back',
  needs: ['fail-over'],
  lastsMs: 0,
  break: ({ database }) => database.failOver!(),
  fix: async ({ database }) => database.rejoin!(),
}
