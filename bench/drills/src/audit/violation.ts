import type { Entry } from '../log'

/** What must not happen, by name. */
export const violationKinds = {
  lost: 'an acknowledged code or token was refused, or was gone, for no reason that the log knows',
  'lost reply':
    'a request whose answer was lost, or was a 503, cost the grant when it was made again in time',
  double: 'a code or refresh token was redeemed twice',
  resurrected:
    'something of a grant was good after its end had been acknowledged, or a secret after it was replaced',
  answer: 'an answer that is not specified',
  late: 'an answer later than the deadline of the store and a second',
  connection: 'a connection broke though its provider was running',
  unavailable:
    'a 503 though nothing was broken, or later than five seconds after the fix; fifteen for a code or refresh token that was presented before, or twice at once',
  unchecked: 'an acknowledged token that nobody asked about in the end',
  crash: 'a provider process ended by itself',
} as const

/** The name of a kind of violation. */
export type ViolationKind = keyof typeof violationKinds

/** A violation, with the request that showed it. */
export interface Violation {
  kind: ViolationKind
  text: string
  entry: Entry | null
}
