import type { Fault } from './fault'

/**
 * Nothing breaks. Anything that the audit finds here is an error of the audit or of the machine.
 */
export const none: Fault = {
  name: 'none',
  what: 'nothing breaks',
  needs: [],
  lastsMs: 0,
  break: async () => {},
  fix: async () => {},
}
