import type { ViolationKind } from '../audit/violation'

/** A promise of the README or SECURITY, and the drills that test it. */
export interface Claim {
  claim: string
  /** Names of faults and attacks, or `soak`. */
  drills: string[]
  /** The violations that would break it. */
  broken: ViolationKind[]
}

/** The promises about safety. The documents link here. */
export const claims: readonly Claim[] = [
  {
    claim: 'Once is once: a code or refresh token is redeemed by one of any number of attempts',
    drills: ['kill-database', 'kill-provider', 'lose-replies', 'fail-over'],
    broken: ['double'],
  },
  {
    claim: 'A replay ends the grant, and what has ended stays so',
    drills: ['kill-database', 'kill-provider', 'fail-over', 'clock-forward', 'clock-back'],
    broken: ['resurrected'],
  },
  {
    claim: 'A revocation that was answered has happened, a rotation under way included',
    drills: ['kill-database', 'kill-provider', 'lose-replies', 'fail-over'],
    broken: ['resurrected'],
  },
  {
    claim: 'A lost reply costs nothing: the repeated refresh gets the same answer',
    drills: ['lose-replies', 'kill-provider', 'kill-database'],
    broken: ['lost reply'],
  },
  {
    claim:
      'A database that stands still for up to a minute costs no grant: who tries again after a 503 gets the tokens',
    drills: ['stall-13', 'stall-60', 'freeze-13', 'freeze-60', 'hold-writes-13', 'hold-writes-60'],
    broken: ['lost', 'lost reply'],
  },
  {
    claim:
      'Once a client or user is deleted, nothing of it works, whatever was under way; and no secret that was replaced does',
    drills: ['delete-client', 'delete-user', 'rotate-secret'],
    broken: ['resurrected'],
  },
  {
    claim: 'Reuse is noticed, however often the grant was rotated since',
    drills: ['rotations'],
    broken: ['resurrected', 'answer'],
  },
  {
    claim: 'What was acknowledged is kept, with the settings that the adapters ask for',
    drills: ['kill-database', 'stop-fast', 'stop-immediate', 'fail-over', 'fill-disk'],
    broken: ['lost'],
  },
  {
    claim: 'A database that is away is a 503 in bounded time: never a 401, a hang or a 500',
    drills: ['kill-database', 'stall', 'exhaust-pool', 'stop-fast', 'stop-immediate', 'fill-disk'],
    broken: ['answer', 'late', 'connection', 'crash'],
  },
  {
    claim:
      'Expiry is judged by the clock of the process that is asked; a wrong clock revives nothing',
    drills: ['clock-forward', 'clock-back'],
    broken: ['resurrected', 'lost'],
  },
  {
    claim: 'Memory stays bounded, and honest clients are served, whatever others send',
    drills: ['half-open', 'large-bodies', 'unknown-tokens', 'header-flood', 'soak'],
    broken: ['answer', 'crash', 'connection', 'late'],
  },
]
