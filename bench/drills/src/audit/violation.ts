import type { Entry } from '../log'

/** The failures that the audit finds, by name. */
export const violationKinds = {
  lost: 'an acknowledged code or token was refused or missing, and the log shows no reason',
  'lost reply':
    'a request whose response was lost, or was a 503, was repeated in time, but the grant was lost',
  double: 'a code or refresh token was redeemed twice',
  resurrected:
    'a code or token worked after the end of its grant was acknowledged, or a secret worked after it was replaced',
  answer: 'a response that is not specified',
  late: 'a response later than the store timeout plus one second',
  connection: 'a connection broke although its provider was running',
  unavailable:
    'a 503 although nothing was broken, or more than five seconds after the fix (fifteen for a code or refresh token that was presented before, or twice at once)',
  unchecked: 'an acknowledged token that was never checked',
  crash: 'a provider process exited by itself',
} as const

/** The name of a kind of violation. */
export type ViolationKind = keyof typeof violationKinds

/** A violation, with the request that showed it. */
export interface Violation {
  kind: ViolationKind
  text: string
  entry: Entry | null
}
