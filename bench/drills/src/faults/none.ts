import type { Fault } from './fault'

/** Nothing breaks: what the audit finds then is its own fault, or the machine's. */
export const none: Fault = {
  name: 'none',
  what: 'nothing breaks',
  needs: [],
  lastsMs: 0,
  break: async () => {},
  fix: async () => {},
}
