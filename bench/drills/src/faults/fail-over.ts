import type { Fault } from './fault'

/** The primary node is killed, and another one takes over. */
export const failOver: Fault = {
  name: 'fail-over',
  what: 'SIGKILL of the primary node; the fault ends when another node has taken over, and the killed node rejoins',
  needs: ['fail-over'],
  lastsMs: 0,
  break: ({ database }) => database.failOver!(),
  fix: async ({ database }) => database.rejoin!(),
}
