import { changeAccounts } from './change-accounts'
import { exhaustPool } from './exhaust-pool'
import { failOver } from './fail-over'
import { fillDisk } from './fill-disk'
import type { Fault } from './fault'
import { freeze } from './freeze'
import { holdWrites } from './hold-writes'
import { killDatabase } from './kill-database'
import { killProvider } from './kill-provider'
import { none } from './none'
import { stepClock } from './step-clock'
import { stopDatabase } from './stop-database'
import { loseReplies, stall } from './wire'

export type { Fault, Scene } from './fault'

/** All faults. */
export const faults: readonly Fault[] = [
  none,
  killDatabase,
  killProvider,
  ...stopDatabase,
  ...stall,
  ...freeze,
  ...holdWrites,
  loseReplies,
  exhaustPool,
  failOver,
  fillDisk,
  ...stepClock,
  ...changeAccounts,
]
