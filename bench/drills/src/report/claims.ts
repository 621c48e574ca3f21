/** A promise of the README or SECURITY, and the drills that try it. */
export interface Claim {
  claim: string
  /** Names of faults and attacks, or `soak`. */
  drills: string[]
}

/** What is promised about safety; the documents link here. */
export const claims: readonly Claim[] = [
  {
    claim: 'Once is once: a code or refresh token is redeemed by one of any number of attempts',
    drills: ['kill-database', 'kill-provider', 'lose-replies', 'fail-over'],
  },
  {
    claim: 'A replay ends the grant, and what has ended stays so',
    drills: ['kill-database', 'kill-provider', 'fail-over', 'clock-forward', 'clock-back'],
  },
  {
    claim: 'A revocation that was answered has happened, a rotation under way included',
    drills: ['kill-database', 'kill-provider', 'lose-replies', 'fail-over'],
  },
  {
    claim: 'A lost reply costs nothing: the repeated refresh gets the same answer',
    drills: ['lose-replies', 'kill-provider', 'kill-database'],
  },
  {
    claim: 'What was acknowledged is kept, with the settings that the adapters ask for',
    drills: ['kill-database', 'stop-fast', 'stop-immediate', 'fail-over', 'fill-disk'],
  },
  {
    claim: 'A database that is away is a 503 in bounded time: never a 401, a hang or a 500',
    drills: ['kill-database', 'stall', 'exhaust-pool', 'stop-fast', 'stop-immediate', 'fill-disk'],
  },
  {
    claim:
      'Expiry is judged by the clock of the process that is asked; a wrong clock revives nothing',
    drills: ['clock-forward', 'clock-back'],
  },
  {
    claim: 'Memory stays bounded, and honest clients are served, whatever others send',
    drills: ['half-open', 'large-bodies', 'unknown-tokens', 'header-flood', 'soak'],
  },
]
