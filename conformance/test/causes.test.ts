import type { Case, Status, Verdict } from '../src/case'
import { cases } from '../src/cases'
import { differencesOf } from '../src/difference'
import { causesOf, firstOf, followersOf, specialists, summaryOf } from '../src/reporters/causes'
import { seenIn } from '../src/reporters/reporter'

const byId = new Map(cases().map((one) => [one.id, one]))
const data = differencesOf({ data: 'x'.repeat(255) }, { data: 'x'.repeat(300) })
const lifetime = differencesOf({}, { accessTokenLifetime: 0 })
const text = 'find() returned "data" cut after 255 of 300 characters'
const cut = { method: 'find', differences: data, text }

/** A failure of a case that compared two values. */
function differing(id: string, method: string, differences = data): Verdict {
  return failed(id, { differences, lastCall: { method, outcome: 'resolved' } })
}

/** A failure of a case that saw only the engine's response. */
function ofEngine(id: string, more: Partial<Verdict> = {}): Verdict {
  return failed(id, { reason: 'The token endpoint returned no tokens', usesEngine: true, ...more })
}

function failed(id: string, more: Partial<Verdict> = {}): Verdict {
  return { case: caseOf(id), status: 'failed', milliseconds: 1, reason: id, ...more }
}

/** A failure outside of the check of a case. */
function outside(id: string, reason: string): Verdict {
  const advice = { reason, why: 'why', fix: 'fix' }
  return failed(id, { outside: advice, reason: `${reason}. Besides: ${id}` })
}

/** A failure of a case in which find() has hung. */
function late(id: string, reason: string): Verdict {
  return failed(id, { reason, lastCall: { method: 'find', outcome: 'hung' } })
}

function caseOf(id: string): Case {
  const found = byId.get(id)
  if (!found) throw new Error(`Unknown case ${id}`)
  return found
}

/** Returns the ids by cause: the first case, and then its followers. */
function idsOf(verdicts: readonly Verdict[]): string[][] {
  return causesOf(verdicts).map(({ first, followers }) =>
    [first, ...followers].map((one) => one.case.id),
  )
}

describe('causesOf()', () => {
  it('groups failures with the same difference in the results of one method', () => {
    const verdicts = [
      differing('access.find', 'find'),
      differing('client.round-trip', 'getClient', lifetime),
      differing('code.consume', 'find'),
    ]
    expect(idsOf(verdicts)).toEqual([['client.round-trip'], ['access.find', 'code.consume']])
  })

  it('groups a failure of the engine with what was observed before it', () => {
    const verdicts = [
      ofEngine('grant.replay.code', { observed: [cut] }),
      ofEngine('refresh.rotate.engine'),
      differing('value.large', 'find'),
    ]
    expect(idsOf(verdicts)).toEqual([
      ['value.large', 'grant.replay.code'],
      ['refresh.rotate.engine'],
    ])
  })

  it('does not take the last call of a failure of the engine for its cause', () => {
    const lastCall = { method: 'find', outcome: 'resolved' } as const
    const verdicts = [
      differing('access.find', 'find'),
      ofEngine('grant.replay.code', { differences: data, lastCall }),
    ]
    expect(idsOf(verdicts)).toHaveLength(2)
  })

  it('groups failures with the same message, apart from ids and numbers', () => {
    const verdicts = ['0123456789abcdef', 'fedcba9876543210'].map((id, n) =>
      failed(['access.find', 'issue.version'][n]!, {
        reason: `It threw Error: no row ${id}, ${n}`,
      }),
    )
    expect(idsOf(verdicts)).toEqual([['access.find', 'issue.version']])
  })

  it('groups results that a message shows with those that a case compared with null', () => {
    const verdicts = [
      failed('inject.pattern', { reason: "find('%') returned { hash: 'a' }" }),
      differing('access.again', 'find', differencesOf({ hash: 'a' }, null)),
    ]
    expect(idsOf(verdicts)).toEqual([['access.again', 'inject.pattern']])
  })

  it.each([
    ['rejects', 'rejected', ['It threw Error: a', 'It threw Error: b']],
    ['hangs', 'hung', ['issue did not answer within 20 ms', 'issue did not answer in time']],
  ] as const)('groups failures in which one method %s', (_, outcome, reasons) => {
    const verdicts = ['access.find', 'issue.version'].map((id, n) =>
      failed(id, { reason: reasons[n], lastCall: { method: 'issue', outcome } }),
    )
    expect(idsOf(verdicts)).toHaveLength(1)
  })

  it('begins with the lowest level, then with the order of the suite, then with the engine', () => {
    const ids = ['purge.horizon', 'client.secret', 'issue.version', 'client.create', 'access.find']
    const verdicts = ids.map((id) => (id === 'client.secret' ? ofEngine(id) : failed(id)))
    expect(idsOf(verdicts).flat()).toEqual([
      'access.find',
      'client.create',
      'issue.version',
      'purge.horizon',
      'client.secret',
    ])
  })

  it('begins with what went wrong outside of a case', () => {
    expect(
      idsOf([
        differing('access.find', 'find'),
        outside('once.code.stampede', 'create() of another instance threw Error: no'),
        outside('purge.horizon', 'create() of another namespace threw Error: no'),
        outside('record.take', 'The code under test threw outside of any call: Error: 1'),
        outside('record.exists', 'The code under test threw outside of any call: Error: 2'),
      ]),
    ).toEqual([
      ['record.exists', 'record.take'],
      ['once.code.stampede', 'purge.horizon'],
      ['access.find'],
    ])
  })

  it('begins with the case in which a call hung for the first time', () => {
    expect(
      idsOf([
        late('shape.answers', 'find, which hung before (in purge.horizon), did not answer'),
        late('purge.horizon', 'find did not answer within 15000 ms'),
      ]),
    ).toEqual([['purge.horizon', 'shape.answers']])
  })

  it('begins with the case that is about the difference', () => {
    const verdicts = ['access.find', 'code.consume', 'value.large'].map((id) =>
      differing(id, 'find'),
    )
    expect(idsOf(verdicts)).toEqual([['value.large', 'access.find', 'code.consume']])
    const users = ['issue.user-gone', 'user.create'].map((id) => differing(id, 'getUser', lifetime))
    expect(idsOf(users)).toEqual([['user.create', 'issue.user-gone']])
  })

  it.each(Object.entries(specialists))('knows existing cases about %s', (_, ids) => {
    for (const id of ids) expect(byId.has(id)).toBe(true)
  })

  it('counts warnings, and nothing that has not failed', () => {
    const statuses: Status[] = ['passed', 'unproved', 'not applicable', 'not offered']
    const verdicts = statuses.map((status) => failed('access.find', { status }))
    expect(causesOf([...verdicts, failed('code.consume', { status: 'warning' })])).toHaveLength(1)
  })
})

describe('the texts about causes', () => {
  const verdicts = [
    differing('access.find', 'find'),
    differing('code.consume', 'find'),
    failed('issue.version'),
  ]
  const causes = causesOf(verdicts)

  it('name the first case of each follower', () => {
    expect([...firstOf(causes)].map((pair) => pair.map((one) => one.case.id))).toEqual([
      ['code.consume', 'access.find'],
    ])
  })

  it('count the causes', () => {
    expect(summaryOf(causes)).toBe('3 cases failed, probably for 2 causes')
    expect(summaryOf(causes.slice(0, 1))).toBe('2 cases failed, probably for 1 cause')
    expect(summaryOf(causes.slice(1))).toBe('')
    expect(summaryOf([])).toBe('')
  })

  it('list at most 30 followers', () => {
    const [first] = verdicts
    const followers = Array.from({ length: 32 }, () => failed('code.consume'))
    expect(followersOf(causes[0]!)).toBe('Probably the same cause: code.consume')
    expect(followersOf({ first: first!, followers })).toMatch(/code\.consume and 2 more$/)
  })
})

describe('seenIn()', () => {
  it('adds what was seen before the failure', () => {
    expect(seenIn(ofEngine('grant.replay.code', { observed: [cut] }))).toEqual([
      'The token endpoint returned no tokens',
      `Seen before that: ${text}`,
    ])
  })

  it('does not repeat what the case itself reports', () => {
    const reason = 'A credential: "data" is cut after 255 of 300 characters'
    expect(seenIn(failed('value.large', { reason, observed: [cut] }))).toEqual([reason])
  })
})
