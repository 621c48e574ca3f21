import type { Fault } from './fault'

/**
 * Nothing breaks. A violation in this drill is an error of the audit or is caused by the machine.
 */
export const none: Fault = {
  name: 'none',
  what: 'nothing breaks',
  needs: [],
  lastsMs: 0,
  break: async () => {},
  fix: async () => {},
}
