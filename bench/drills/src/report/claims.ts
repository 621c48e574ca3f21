import type { ViolationKind } from '../audit/violation'

/** A promise of the README or SECURITY, and the drills that test it. */
export interface Claim {
  claim: string
  /** Names of faults and attacks, or `soak`. */
  drills: string[]
  /** The violations that would break it. */
  broken: ViolationKind[]
}

/** The promises about safety. README.md and SECURITY.md link to the table of them. */
export const claims: readonly Claim[] = [
  {
    claim: 'Of any number of attempts to redeem a code or refresh token, only one succeeds',
    drills: ['kill-database', 'kill-provider', 'lose-replies', 'fail-over'],
    broken: ['double'],
  },
  {
    claim: 'A replay ends the grant, and an ended grant stays ended',
    drills: ['kill-database', 'kill-provider', 'fail-over', 'clock-forward', 'clock-back'],
    broken: ['resurrected'],
  },
  {
    claim: 'An acknowledged revocation has taken effect, even if a rotation was in progress',
    drills: ['kill-database', 'kill-provider', 'lose-replies', 'fail-over'],
    broken: ['resurrected'],
  },
  {
    claim: 'A lost response does no harm: the repeated refresh gets the same response',
    drills: ['lose-replies', 'kill-provider', 'kill-database'],
    broken: ['lost reply'],
  },
  {
    claim:
      'No grant is lost if the database hangs for up to a minute: a client that tries again after a 503 gets the tokens',
    drills: ['stall-13', 'stall-60', 'freeze-13', 'freeze-60', 'hold-writes-13', 'hold-writes-60'],
    broken: ['lost', 'lost reply'],
  },
  {
    claim:
      'No code, token or secret of a deleted client or user works, whatever was in progress, and no replaced secret works',
    drills: ['delete-client', 'delete-user', 'rotate-secret'],
    broken: ['resurrected'],
  },
  {
    claim: 'Reuse is detected, however often the grant has been rotated since',
    drills: ['rotations'],
    broken: ['resurrected', 'answer'],
  },
  {
    claim: 'With the settings that the adapters require, no acknowledged code or token is lost',
    drills: ['kill-database', 'stop-fast', 'stop-immediate', 'fail-over', 'fill-disk'],
    broken: ['lost'],
  },
  {
    claim:
      'While the database is unavailable, responses are 503s in bounded time, never a 401, a hang or a 500',
    drills: ['kill-database', 'stall', 'exhaust-pool', 'stop-fast', 'stop-immediate', 'fill-disk'],
    broken: ['answer', 'late', 'connection', 'crash'],
  },
  {
    claim: 'Each process judges expiry by its own clock, and a wrong clock revives no ended grant',
    drills: ['clock-forward', 'clock-back'],
    broken: ['resurrected', 'lost'],
  },
  {
    claim: 'Memory stays bounded, and honest clients are served, whatever other clients send',
    drills: ['half-open', 'large-bodies', 'unknown-tokens', 'header-flood', 'soak'],
    broken: ['answer', 'crash', 'connection', 'late'],
  },
]
