import { type Kind, differencesOf, inWords } from '../src/difference'
import { durationOf } from '../src/difference/times'

const eight = Date.UTC(2027, 0, 15, 8)
const hour = 3_600_000

/** The result, the expected one, the kind and path of the difference, and its description. */
const single: [string, unknown, unknown, Kind, string, string][] = [
  ['a small number', 3, 1, 'value', '', 'got 3, expected 1'],
  ['a flag', false, true, 'value', '', 'got false, expected true'],
  ['another text', 'replayed', 'redeemed', 'text', '', "got 'replayed', expected 'redeemed'"],
  ['few numbers', [8, 0], [1, 7], 'value', '', 'got [ 8, 0 ], expected [ 1, 7 ]'],
  ['nothing', null, { id: 'a' }, 'null', '', "got null, expected { id: 'a' }"],
  ['something', { id: 'a' }, null, 'not null', '', "got { id: 'a' }, expected null"],
  ['undefined', undefined, null, 'type', '', 'got undefined, expected null'],
  ['an empty object', {}, null, 'not null', '', 'got {}, expected null'],

  [
    'a cut text',
    { data: 'x'.repeat(255) },
    { data: 'x'.repeat(40_017) },
    'cut',
    'data',
    '"data" is cut after 255 of 40,017 characters',
  ],
  [
    'a text cut by bytes',
    { data: 'ä'.repeat(127) },
    { data: 'ä'.repeat(200) },
    'cut',
    'data',
    '"data" is cut after 127 of 200 characters (254 bytes)',
  ],
  ['no text', { name: '' }, { name: 'a' }, 'empty', 'name', `"name" is empty, expected 'a'`],
  [
    'a trimmed end',
    { name: 'a' },
    { name: 'a ' },
    'trimmed',
    'name',
    `"name" is trimmed at its end: got 'a', expected 'a '`,
  ],
  [
    'both ends trimmed',
    { name: 'a' },
    { name: ' a\t' },
    'trimmed',
    'name',
    `"name" is trimmed: got 'a', expected ' a\\t'`,
  ],
  [
    'padding',
    { name: 'a  ' },
    { name: 'a' },
    'padded',
    'name',
    `"name" is padded to 3 characters: got 'a  ', expected 'a'`,
  ],
  [
    'lower case',
    { name: 'ada' },
    { name: 'Ada' },
    'case',
    'name',
    `"name" is in lower case: got 'ada', expected 'Ada'`,
  ],
  [
    'NFC',
    { name: '\u00e9' },
    { name: 'e\u0301' },
    'normalised',
    'name',
    `"name" is normalised to NFC: got '\u00e9', expected 'e\\u{301}'`,
  ],
  [
    'NFD',
    { name: 'e\u0301' },
    { name: '\u00e9' },
    'normalised',
    'name',
    `"name" is normalised to NFD: got 'e\\u{301}', expected '\u00e9'`,
  ],
  [
    'question marks for astral characters',
    { name: 'é????' },
    { name: 'é😀' },
    'encoding',
    'name',
    `"name" is stored with "?" for astral characters: got 'é????', expected 'é😀'`,
  ],
  [
    'question marks for all but ASCII',
    { name: 'x?' },
    { name: 'xé' },
    'encoding',
    'name',
    `"name" is stored with "?" for characters outside ASCII: got 'x?', expected 'xé'`,
  ],
  [
    'latin1',
    { name: 'Ã©' },
    { name: 'é' },
    'encoding',
    'name',
    `"name" is UTF-8 that was read as latin1: got 'Ã©', expected 'é'`,
  ],
  [
    'JSON with sorted keys',
    { data: '{"a":1,"b":2}' },
    { data: '{"b":2,"a":1}' },
    'json',
    'data',
    `"data" is re-written JSON, with its keys in another order: got '{"a":1,"b":2}', expected '{"b":2,"a":1}'`,
  ],
  [
    'JSON with other numbers',
    { data: '{"a":1}' },
    { data: '{"a":1.0}' },
    'json',
    'data',
    `"data" is re-written JSON, with other numbers: got '{"a":1}', expected '{"a":1.0}'`,
  ],
  [
    'JSON with other white space',
    { data: '{"a": 1}' },
    { data: '{"a":1}' },
    'json',
    'data',
    `"data" is re-written JSON, with other white space: got '{"a": 1}', expected '{"a":1}'`,
  ],
  [
    'JSON without repeated keys',
    { data: '{"a":2}' },
    { data: '{"a":1,"a":2}' },
    'json',
    'data',
    `"data" is re-written JSON, without repeated keys: got '{"a":2}', expected '{"a":1,"a":2}'`,
  ],

  [
    'a time that is early',
    { expiresAt: eight - 90_000 },
    { expiresAt: eight },
    'time',
    'expiresAt',
    '"expiresAt" is 2027-01-15T07:58:30.000Z, 1 min 30 s early',
  ],
  [
    'local time',
    { until: eight - hour },
    { until: eight },
    'zone',
    'until',
    '"until" is 2027-01-15T07:00:00.000Z, 1 h early (the offset of a time zone?)',
  ],
  [
    'whole seconds',
    { createdAt: eight },
    { createdAt: eight + 7 },
    'rounded',
    'createdAt',
    '"createdAt" is rounded to whole seconds: 2027-01-15T08:00:00.000Z, 7 ms early',
  ],
  [
    'whole days',
    { removedAt: eight - 8 * hour },
    { removedAt: eight },
    'rounded',
    'removedAt',
    '"removedAt" is rounded to whole days: 2027-01-15T00:00:00.000Z, 8 h early',
  ],
  [
    'seconds for milliseconds',
    { expiresAt: Math.floor(eight / 1000) },
    { expiresAt: eight },
    'factor',
    'expiresAt',
    '"expiresAt" is a factor of 1000 too small (seconds for milliseconds?): 1970-01-21T20:00:00.000Z, expected 2027-01-15T08:00:00.000Z',
  ],
  [
    'the end of 32 bits',
    { expiresAt: (2 ** 31 - 1) * 1000 },
    { expiresAt: Date.UTC(2100, 0) },
    'overflow',
    'expiresAt',
    '"expiresAt" is 2038-01-19T03:14:07.000Z, 22,626 days early, the end of 32 bits',
  ],
  [
    'zero for a time',
    { expiresAt: 0 },
    { expiresAt: eight },
    'time',
    'expiresAt',
    '"expiresAt" is 1970-01-01T00:00:00.000Z, 20,833 days early',
  ],
  [
    'zero for never',
    { expiresAt: 0 },
    { expiresAt: null },
    'not null',
    'expiresAt',
    '"expiresAt" is 0 instead of null',
  ],
  [
    'never',
    { expiresAt: null },
    { expiresAt: eight },
    'null',
    'expiresAt',
    '"expiresAt": got null, expected 2027-01-15T08:00:00.000Z',
  ],
  [
    'a Date',
    { expiresAt: new Date(eight) },
    { expiresAt: eight },
    'type',
    'expiresAt',
    '"expiresAt" is a Date instead of a number: got 2027-01-15T08:00:00.000Z, expected 2027-01-15T08:00:00.000Z',
  ],
  [
    'a date as text',
    { expiresAt: '2027-01-15 08:00:00' },
    { expiresAt: eight },
    'type',
    'expiresAt',
    `"expiresAt" is a date as text instead of a number: got '2027-01-15 08:00:00', expected 2027-01-15T08:00:00.000Z`,
  ],
  [
    'a lifetime in milliseconds',
    { accessTokenLifetime: 3_600_000 },
    { accessTokenLifetime: 3600 },
    'factor',
    'accessTokenLifetime',
    '"accessTokenLifetime" is a factor of 1000 too large (milliseconds for seconds?): got 3600000, expected 3600',
  ],
  [
    'a whole number',
    { accessTokenLifetime: 0 },
    { accessTokenLifetime: 0.5 },
    'rounded',
    'accessTokenLifetime',
    '"accessTokenLifetime" is rounded to a whole number: got 0, expected 0.5',
  ],
  ['a count, by chance', 1000, 1, 'value', '', 'got 1000, expected 1'],
  [
    'a number as text',
    { accessTokenLifetime: '60' },
    { accessTokenLifetime: 60 },
    'type',
    'accessTokenLifetime',
    `"accessTokenLifetime" is a string instead of a number: got '60', expected 60`,
  ],
  [
    'a number for a flag',
    1,
    true,
    'type',
    '',
    'a number instead of a boolean: got 1, expected true',
  ],

  [
    'a missing member',
    { id: 'a' },
    { id: 'a', accessTokenLifetime: 0 },
    'missing',
    'accessTokenLifetime',
    '"accessTokenLifetime" is missing, expected 0',
  ],
  [
    'undefined in place of null',
    { expiresAt: undefined },
    { expiresAt: null },
    'missing',
    'expiresAt',
    '"expiresAt" is missing, expected null',
  ],
  ['null', { name: null }, {}, 'extra', 'name', '"name" is null instead of absent'],
  ['a default', { name: 'x' }, {}, 'extra', 'name', `"name" is 'x' instead of absent`],
  [
    'a member of a member',
    { grant: { id: 1, userId: 'b' } },
    { grant: { id: 1, userId: 'a' } },
    'text',
    'grant.userId',
    `"grant.userId": got 'b', expected 'a'`,
  ],
  [
    'a key with a dot',
    { metadata: {} },
    { metadata: { 'a.b': 1 } },
    'missing',
    'metadata["a.b"]',
    '"metadata["a.b"]" is missing, expected 1',
  ],
  [
    'a member of `__proto__`',
    { metadata: {} },
    { metadata: JSON.parse('{"__proto__":1}') as object },
    'missing',
    'metadata.__proto__',
    '"metadata.__proto__" is missing, expected 1',
  ],

  [
    'one entry',
    { scopes: ['a', 'B'] },
    { scopes: ['a', 'b'] },
    'case',
    'scopes[1]',
    `"scopes[1]" is in upper case: got 'B', expected 'b'`,
  ],
  [
    'a list in a list',
    { metadata: { nested: { list: [1, 2] } } },
    { metadata: { nested: { list: [1, 3] } } },
    'value',
    'metadata.nested.list[1]',
    '"metadata.nested.list[1]": got 2, expected 3',
  ],
  [
    'a sorted list',
    { scopes: ['a', 'b'] },
    { scopes: ['b', 'a'] },
    'order',
    'scopes',
    `"scopes" is sorted: got [ 'a', 'b' ], expected [ 'b', 'a' ]`,
  ],
  [
    'another order',
    { scopes: ['c', 'a', 'b'] },
    { scopes: ['a', 'b', 'c'] },
    'order',
    'scopes',
    `"scopes" is in another order: got [ 'c', 'a', 'b' ], expected [ 'a', 'b', 'c' ]`,
  ],
  [
    'a list split at commas',
    { scopes: ['a', 'b', 'c'] },
    { scopes: ['a,b', 'c'] },
    'split',
    'scopes',
    `"scopes" is split at commas: got [ 'a', 'b', 'c' ], expected [ 'a,b', 'c' ]`,
  ],
  [
    'a shortened list',
    { scopes: numbers(100) },
    { scopes: numbers(1200) },
    'shortened',
    'scopes',
    '"scopes" is shortened to 100 of 1,200 entries',
  ],
  [
    'a list without one of its entries',
    { scopes: ['a', 'c'] },
    { scopes: ['a', 'b', 'c'] },
    'shortened',
    'scopes',
    `"scopes" is shortened to 2 of 3 entries, without 'b'`,
  ],
  [
    'a set',
    { scopes: ['a', 'b'] },
    { scopes: ['a', 'b', 'a'] },
    'shortened',
    'scopes',
    `"scopes" is stored without repeated entries: got [ 'a', 'b' ], expected [ 'a', 'b', 'a' ]`,
  ],
  ['an empty list', [], ['a'], 'shortened', '', `empty, expected [ 'a' ]`],
  [
    'a longer list',
    { scopes: ['*'] },
    { scopes: [] },
    'longer',
    'scopes',
    `"scopes" is too long: 1 instead of 0 entries, with '*'`,
  ],
  [
    'text for a list',
    { scopes: '["a"]' },
    { scopes: ['a'] },
    'type',
    'scopes',
    `"scopes" is JSON text instead of a list: got '["a"]', expected [ 'a' ]`,
  ],
]

describe('differencesOf()', () => {
  it.each(single)('describes %s', (_, actual, wanted, kind, path, words) => {
    const differences = differencesOf(actual, wanted)
    expect(differences.map((one) => [one.kind, one.path])).toEqual([[kind, path]])
    expect(inWords(differences)).toBe(words)
  })

  it('finds none between equal values of other classes, and for undefined members', () => {
    class Answer {
      id = 'a'
      name = undefined
    }
    expect(differencesOf(new Answer(), { id: 'a' })).toEqual([])
    expect(differencesOf([Number.NaN], [Number.NaN])).toEqual([])
  })

  it('describes values that no member tells apart', () => {
    expect(inWords(differencesOf(new Map([[1, 2]]), new Date(eight)))).toMatch(/^an object instead/)
    expect(differencesOf(-0, 0)).toHaveLength(1)
  })

  it('shows long texts around the first difference, with their lengths', () => {
    const [text, other] = ['x'.repeat(20_000), `${'x'.repeat(9_000)}Y${'x'.repeat(10_999)}`]
    const words = inWords(differencesOf({ data: other }, { data: text.slice(1) }))
    expect(words).toMatch(
      /^"data": got '…x+Yx+…' \(20,000 characters\), expected '…x+…' \(19,999 characters\); they differ after 9,000 characters$/,
    )
    expect(words.length).toBeLessThan(250)
  })

  it('names at most five differences', () => {
    const [one, other] = [1, 2].map((n) =>
      Object.fromEntries('a b c d e f g h'.split(' ').map((name) => [name, n])),
    )
    const words = inWords(differencesOf(one, other))
    expect(words).toMatch(
      /^"a": got 1, expected 2; .*"e": got 1, expected 2; and 3 more differences$/,
    )
  })

  it('shows no time as a number', () => {
    for (const [actual, wanted] of [
      [credential(eight), null],
      [null, credential(eight)],
      [[], [credential(eight)]],
      [
        [1, 2],
        [1, credential(eight)],
      ],
      [credential(eight - hour / 7), credential(eight)],
    ])
      expect(inWords(differencesOf(actual, wanted))).not.toMatch(/\d{10}/)
  })
})

describe('durationOf()', () => {
  it.each([
    [7, '7 ms'],
    [-1500, '1 s 500 ms'],
    [hour * 1.5, '1 h 30 min'],
    [24 * hour, '1 day'],
    [50 * hour, '2 days 2 h'],
    [1.8e12, '20,833 days'],
  ])('%d is %s', (milliseconds, text) => {
    expect(durationOf(milliseconds)).toBe(text)
  })
})

function credential(time: number): object {
  return { hash: 'a', createdAt: time, expiresAt: time + hour }
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `scope-${n}`)
}
