import { audit } from '../src/audit/audit'
import type { Circumstances } from '../src/audit/circumstances'
import { outageOf } from '../src/audit/recovery'
import type { Entry } from '../src/log'
import {
  away,
  begun,
  broke,
  calm,
  deletion,
  issues,
  issuesCode,
  noToken,
  refused,
  request,
} from './support/story'

/** The kinds of the violations in a story after `begun`, without `unchecked` ones. */
function found(story: readonly Entry[], circumstances: Partial<Circumstances> = {}): string[] {
  return foundOf([...begun, ...story], { ...calm, ...circumstances })
}

/** The same for a complete story, during a fault that never ends. */
function foundOf(story: readonly Entry[], circumstances: Partial<Circumstances> = {}): string[] {
  return audit(story, { ...calm, ...stalled, ...circumstances })
    .map(({ kind }) => kind)
    .filter((kind) => kind !== 'unchecked')
}

const active = (is: boolean) => ({ active: is })
const rotated = request(2, 'refresh', 'first', issues('second'))
const revoked = request(3, 'revoke', 'second')
/** The violations if a request gets a 503 at that second. */
const foundAway = (seconds: number) =>
  found([request(seconds, 'bearer', 'access first', away)], broken)
/** A refresh that gets a 503 during the fault, and again at that second. */
const inDoubt = (seconds: number) => [
  request(3, 'refresh', 'first', away),
  request(seconds, 'refresh', 'first', away),
]
/** The exchange of the code for an access token without a refresh token. */
const alone = (at: number, name: string) =>
  request(at, 'code', 'the code', { issued: [issues(name).issued[0]!] })
/** The same response to the first refresh token again. */
const again = (at: number) => request(at, 'refresh', 'first', issues('second'))
/** The refusal of the code by another provider. */
const refusedByOther = (at: number) => ({
  ...request(at, 'code', 'the code', refused),
  provider: 1,
})
/** A fault from second 2 to second 4. */
const broken = { broken: { from: 2000, to: 4000 } }
/** A fault that never ends. */
const stalled = { broken: { from: 0, to: 180_000 } }
/** A 503 that comes at the deadline of a request. */
const slowly = (seconds: number) => ({ ...away, end: seconds * 1000 + 5000 })

/** Assigns an entry to the account `one`. */
const ofOne = (entry: Entry): Entry => ({ ...entry, account: 'one' })
/** A request of that account's client, without a grant, with the secret of that number. */
const bySecret = (at: number, secret: number): Entry => ({
  ...ofOne(request(at, 'revoke', 'another')),
  grant: null,
  secret,
})

describe('audit()', () => {
  it('finds nothing if a grant is used, refreshed and revoked, and its tokens then fail', () => {
    const story = [
      request(1.5, 'bearer', 'access first'),
      rotated,
      request(2.5, 'introspect', 'access first', active(true)),
      revoked,
      request(4, 'bearer', 'access second', noToken),
      request(4, 'refresh', 'second', refused),
      request(5, 'introspect', 'access first', active(false)),
      request(5, 'database', 'second', active(false)),
    ]
    expect(audit([...begun, ...story], calm)).toEqual([])
  })

  describe('lost', () => {
    it.each([
      ['an access token is refused', request(2, 'bearer', 'access first', noToken)],
      ['a refresh token is refused', request(2, 'refresh', 'first', refused)],
      ['an access token is inactive', request(2, 'introspect', 'access first', active(false))],
      ['a token is not in the database', request(2, 'database', 'first', active(false))],
    ])('%s, although nothing ended its grant', (_, entry) => {
      expect(found([entry])).toEqual(['lost'])
    })

    it('F10: a code was presented in time, but is refused once the database is back', () => {
      const tries = Array.from({ length: 6 }, (_, n) => 1 + 6 * n)
      const story = tries.map((at) => request(at, 'code', 'the code', slowly(at)))
      const expired = request(37, 'code', 'the code', refused)
      expect(foundOf([begun[0]!, ...story, expired])).toEqual(['lost'])
      expect(foundOf([begun[0]!, request(31, 'code', 'the code', slowly(31)), expired])).toEqual([])
    })

    it('a code is refused the first time', () => {
      const story = [begun[0]!, request(1, 'code', 'the code', refused)]
      expect(audit(story, calm).map(({ kind }) => kind)).toEqual(['lost'])
    })

    it('but not after it has expired, by the clock of the provider that receives it', () => {
      const late = request(3700, 'bearer', 'access first', noToken)
      const early = request(10, 'bearer', 'access first', { ...noToken, provider: 1 })
      const steps = [{ provider: 1, from: 5000, aheadMs: 3_600_000 }]
      expect(found([late])).toEqual([])
      expect(found([early], { steps })).toEqual([])
      expect(found([{ ...early, provider: 0 }], { steps })).toEqual(['lost'])
      // The clock was corrected during the request.
      const corrected = [...steps, { provider: 1, from: 10_050, aheadMs: 0 }]
      expect(found([early], { steps: corrected })).toEqual([])
    })

    it('but not while it is being revoked', () => {
      const bearer = request(3.05, 'bearer', 'access second', noToken)
      expect(found([rotated, revoked, bearer])).toEqual([])
    })

    it('a refresh is refused within the grace period, although the first one succeeded', () => {
      expect(found([rotated, request(3, 'refresh', 'first', refused)])).toEqual(['lost'])
    })
  })

  describe('lost reply', () => {
    const first = request(2, 'refresh', 'first', away)

    it('a refresh whose response was lost is refused when it is repeated in time', () => {
      const again = request(4, 'refresh', 'first', refused)
      expect(found([first, again], broken)).toEqual(['lost reply'])
    })

    it('but not once the grace period may be over', () => {
      expect(found([first, request(12, 'refresh', 'first', refused)], broken)).toEqual([])
    })

    it('F10: a refresh that is repeated after each 503 while the database hangs', () => {
      const tries = [2, 8, 14].map((at) => request(at, 'refresh', 'first', slowly(at)))
      const again = request(20, 'refresh', 'first', refused)
      expect(found([...tries, again], stalled)).toEqual(['lost reply'])
      // But not if the client ignored `Retry-After`, or repeated the request for minutes.
      expect(found([...tries, request(25, 'refresh', 'first', refused)], stalled)).toEqual([])
      const forMinutes = Array.from({ length: 20 }, (_, n) => 2 + 6 * n)
      const late = forMinutes.map((at) => request(at, 'refresh', 'first', slowly(at)))
      expect(found([...late, request(122, 'refresh', 'first', refused)], stalled)).toEqual([])
    })

    it('F10: a code that is presented again after a 503', () => {
      const story = [
        request(1, 'code', 'the code', slowly(1)),
        request(7, 'code', 'the code', refused),
      ]
      expect(foundOf([begun[0]!, ...story])).toEqual(['lost reply'])
      // Two requests at the same time are a replay.
      const other = request(1, 'code', 'the code', { ...slowly(1), provider: 1 })
      expect(foundOf([begun[0]!, other, ...story])).toEqual([])
    })

    it('but not if the two clocks differ by more than the grace period', () => {
      const again = request(4, 'refresh', 'first', { ...refused, provider: 1 })
      const steps = [{ provider: 1, from: 3000, aheadMs: 3_600_000 }]
      expect(found([first, again], { ...broken, steps })).toEqual([])
    })
  })

  describe('double', () => {
    it('two successful responses to one code', () => {
      expect(found([request(2, 'code', 'the code', issues('other'))])).toContain('double')
    })

    it('two different responses to one refresh token', () => {
      expect(found([rotated, request(2, 'refresh', 'first', issues('other'))])).toEqual(['double'])
    })

    it('two identical responses to one code', () => {
      expect(found([request(2, 'code', 'the code', issues('first'))])).toEqual(['double'])
    })

    it('but not the same response to a code whose exchange got a 503 before', () => {
      const story = [
        begun[0]!,
        request(1, 'code', 'the code', slowly(1)),
        request(1, 'code', 'the code', { ...slowly(1), provider: 1 }),
        request(7, 'code', 'the code', issues('first')),
      ]
      const same = request(7.5, 'code', 'the code', { ...issues('first'), provider: 1 })
      const other = { ...same, ...issues('other') }
      expect(foundOf([...story, same])).toEqual([])
      expect(foundOf([...story, other])).toEqual(['double'])
    })

    it('the same response to a code that got a 503 only afterwards', () => {
      const again = request(20, 'code', 'the code', issues('first'))
      expect(foundOf([...begun, again, request(21, 'code', 'the code', away)])).toEqual(['double'])
    })

    it('another access token with the same refresh token, or without a refresh token', () => {
      const [access] = issues('other').issued
      const [, second] = issues('second').issued
      const again = request(2.05, 'refresh', 'first', { issued: [access!, second!] })
      expect(found([rotated, again])).toEqual(['double'])
      const story = [begun[0]!, request(1, 'code', 'the code', away), alone(3, 'x'), alone(4, 'y')]
      expect(foundOf(story)).toEqual(['double'])
    })

    it('the same response once its grace period is over, or its refresh token was used', () => {
      const used = request(3, 'refresh', 'second', issues('third'))
      expect(found([rotated, again(12)])).toEqual([])
      expect(found([rotated, again(12.2)])).toEqual(['double'])
      expect(found([rotated, used, again(4)])).toEqual(['double'])
      // But not after a 503, because the response may have been stored late, or with a wrong clock.
      const doubted = request(1.5, 'refresh', 'first', away)
      expect(foundOf([...begun, doubted, rotated, again(12.2)])).toEqual([])
      const steps = [{ provider: 0, from: 5000, aheadMs: -60_000 }]
      expect(found([rotated, again(12.2)], { steps })).toEqual([])
    })

    it('but not the same response twice', () => {
      expect(found([rotated, request(2.05, 'refresh', 'first', issues('second'))])).toEqual([])
    })
  })

  describe('resurrected', () => {
    it.each([
      ['an access token', request(4, 'bearer', 'access first')],
      ['a refresh token', request(4, 'refresh', 'second', issues('third'))],
      ['introspection', request(4, 'introspect', 'access second', active(true))],
      ['a row', request(4, 'database', 'second', active(true))],
    ])('%s works after a revocation was acknowledged', (_, entry) => {
      expect(found([rotated, revoked, entry])).toEqual(['resurrected'])
    })

    it('a token works after the replay of a code was refused', () => {
      const story = [request(2, 'code', 'the code', refused), request(3, 'bearer', 'access first')]
      expect(found(story)).toEqual(['resurrected'])
    })

    it('but not if a process with a fast clock refused the code before another one redeemed it', () => {
      const steps = [{ provider: 1, from: 500, aheadMs: 3_600_000 }]
      const used = request(3, 'bearer', 'access first')
      expect(found([refusedByOther(1.05), used], { steps })).toEqual([])
      expect(found([refusedByOther(1.2), used], { steps })).toEqual(['resurrected'])
      expect(found([refusedByOther(1.05), used])).toEqual(['resurrected'])
    })

    it('a token works after the replay of a refresh token was refused', () => {
      const story = [
        rotated,
        request(3, 'refresh', 'second', issues('third')),
        request(4, 'refresh', 'first', refused),
        request(5, 'bearer', 'access third'),
      ]
      expect(found(story)).toEqual(['resurrected'])
    })

    it.each(['the client', 'the user'])('a token works after %s was deleted', () => {
      const tokens = [...begun, rotated].map(ofOne)
      const changes = [deletion(3, 'one'), deletion(1, 'another')]
      const during = ofOne(request(3.05, 'refresh', 'second', issues('third')))
      const later = ofOne(request(4, 'refresh', 'second', issues('third')))
      expect(foundOf([...tokens, during], { changes })).toEqual([])
      expect(foundOf([...tokens, later], { changes })).toEqual(['resurrected'])
      const row = ofOne(request(5, 'database', 'second', active(true)))
      expect(foundOf([...tokens, row], { changes })).toEqual(['resurrected'])
    })

    it('a code is issued after the user was deleted', () => {
      const code = { ...ofOne(request(10, 'authorize', null, issuesCode)), grant: 'another grant' }
      expect(foundOf([code], { changes: [deletion(3, 'one')] })).toEqual(['resurrected'])
      expect(foundOf([code], { changes: [deletion(11, 'one')] })).toEqual([])
    })

    it('a secret works after it was replaced', () => {
      const replaced = { ...deletion(3, 'one'), operation: 'rotate-secret' as const, secret: 1 }
      const changes = [replaced]
      expect(foundOf([bySecret(3.05, 0), bySecret(4, 1)], { changes })).toEqual([])
      expect(foundOf([bySecret(4, 0)], { changes })).toEqual(['resurrected'])
    })

    it('but not while the revocation is in progress, or if it got a 503', () => {
      const during = request(3.05, 'bearer', 'access second')
      const failed = { ...revoked, ...away }
      const later = request(4, 'bearer', 'access second')
      expect(found([rotated, revoked, during])).toEqual([])
      expect(found([rotated, failed, later], broken)).toEqual([])
    })
  })

  describe('answer', () => {
    it.each([
      ['a 500', request(2, 'bearer', 'access first', { status: 500 })],
      [
        'a refused client',
        request(2, 'refresh', 'first', { status: 401, error: 'invalid_client' }),
      ],
      [
        'an invalid request',
        request(2, 'revoke', 'first', { status: 400, error: 'invalid_request' }),
      ],
      [
        'a limit',
        request(2, 'refresh', 'first', { status: 429, error: 'temporarily_unavailable' }),
      ],
      ['a page', request(2, 'authorize', null, { status: 403 })],
    ])('%s', (_, entry) => {
      expect(found([entry])).toEqual(['answer'])
    })

    it('but not the refusal of a client that was deleted, or whose secret was replaced', () => {
      const refusal = { status: 401, error: 'invalid_client', account: 'one', secret: 0 }
      const entry = request(4, 'introspect', 'second', refusal)
      const deleted = deletion(3, 'one')
      const replaced = { ...deleted, operation: 'rotate-secret' as const, secret: 1 }
      expect(foundOf([entry], { changes: [deleted] })).toEqual([])
      expect(foundOf([entry], { changes: [replaced] })).toEqual([])
      // A refusal before the change, with the current secret, or of another client is a violation.
      expect(foundOf([entry], { changes: [deletion(5, 'one')] })).toEqual(['answer'])
      expect(foundOf([{ ...entry, secret: 1 }], { changes: [replaced] })).toEqual(['answer'])
      expect(foundOf([entry], { changes: [deletion(3, 'another')] })).toEqual(['answer'])
    })

    it('but not a form of a session that was lost with its process', () => {
      const absences = [{ provider: 0, from: 1000, to: 1500 }]
      expect(found([request(2, 'authorize', null, { status: 403 })], { absences })).toEqual([])
    })
  })

  it('late: a response more than a second after the deadline', () => {
    const story = [request(2, 'bearer', 'access first', { end: 8001 })]
    expect(found(story)).toEqual(['late'])
    expect(found([{ ...story[0]!, end: 7999 }])).toEqual([])
  })

  it('late or unavailable: but not if a bare server was just as slow', () => {
    const control = request(2, 'control', null, { grant: null, end: 5000 })
    const late = request(2, 'bearer', 'access first', { end: 8001 })
    expect(found([late, control])).toEqual([])
    expect(found([{ ...late, end: 20_000 }, control])).toEqual(['late'])
    expect(found([request(2, 'bearer', 'access first', away), control])).toEqual([])
  })

  it('connection: it broke although the provider was running', () => {
    const story = [request(2, 'bearer', 'access first', broke)]
    expect(found(story, broken)).toEqual(['connection'])
    const absences = [{ provider: 0, from: 2050, to: 3000 }]
    expect(found(story, { absences })).toEqual([])
  })

  it('unavailable: a 503 before the fault, or more than five seconds after the fix', () => {
    expect(foundAway(1.5)).toEqual(['unavailable'])
    expect(foundAway(3)).toEqual([])
    expect(foundAway(8.9)).toEqual([])
    expect(foundAway(9.1)).toEqual(['unavailable'])
  })

  it('unavailable: the limit is ten seconds longer for a code or token presented before', () => {
    expect(found(inDoubt(18.9), broken)).toEqual([])
    expect(found(inDoubt(19.1), broken)).toEqual(['unavailable'])
    const atOnce = [request(18.9, 'refresh', 'first', away), request(18.9, 'refresh', 'first')]
    expect(found(atOnce, broken)).toEqual([])
    expect(outageOf(inDoubt(18.9), 4000)).toEqual({ failed: 2, backAfterMs: 0 })
  })

  it('unavailable: a redirect with the same error', () => {
    const entry = request(2, 'authorize', null, { status: 303, error: 'server_error' })
    expect(found([entry])).toEqual(['unavailable'])
  })

  it('unchecked: a token that was never checked', () => {
    const kinds = audit([...begun, rotated], calm).map(({ kind }) => kind)
    expect(kinds).toEqual(['unchecked', 'unchecked', 'unchecked'])
  })
})

describe('outageOf()', () => {
  it('returns the number of failed requests, and how long after the fix the last one began', () => {
    const entries = [
      request(2, 'bearer', 'a', away),
      request(4.5, 'bearer', 'a', broke),
      request(5, 'bearer', 'a'),
    ]
    expect(outageOf(entries, 4000)).toEqual({ failed: 2, backAfterMs: 500 })
  })
})
