import { conditionIn } from '../src/catalog/condition'

const notNull = { column: 'claims', equals: null }
const isGrant = { column: 'kind', equals: 'grant' }

describe('conditionIn()', () => {
  it.each([
    ['(claims IS NOT NULL)', notNull],
    ['("Odd ""claims""" IS NOT NULL)', { column: 'Odd "claims"', equals: null }],
    ["((kind)::text = 'grant'::text)", isGrant],
    ["(kind = 'grant'::text)", isGrant],
    ["(kind = 'it''s'::text)", { column: 'kind', equals: "it's" }],
  ])('reads what PostgreSQL prints: %s', (sql, condition) => {
    expect(conditionIn(sql)).toEqual(condition)
  })

  it.each([
    ['CREATE UNIQUE INDEX u ON t (claims, ordinal) WHERE claims IS NOT NULL', notNull],
    ['create index "a WHERE b" on [c where d] (`x`)\nwhere `claims` is not null', notNull],
    ["CREATE INDEX i ON t (user_id) WHERE -- why\n ([kind]) = 'grant' /* ;", isGrant],
    [`ON t (a) WHERE b = '") WHERE claims'`, { column: 'b', equals: '") WHERE claims' }],
  ])('reads a statement of SQLite: %s', (sql, condition) => {
    expect(conditionIn(sql)).toEqual(condition)
  })

  it.each([
    '',
    'WHERE',
    '(claims IS NULL)',
    '((claims IS NOT NULL) AND (ordinal > 0))',
    '((claims IS NOT NULL) OR (ordinal > 0))',
    'claims IS (NOT NULL)',
    '((claims) IS (NOT NULL))',
    '(NOT (claims IS NOT NULL))',
    "'claims' IS NOT NULL",
    'claims + 1 IS NOT NULL',
    "(kind)::integer = 'grant'",
    "(kind = 'grant'::text[])",
    "kind <> 'grant'",
    'kind = "grant"',
    "kind = 'grant' COLLATE NOCASE",
    'ON t (a) WHERE ordinal = 5 -- ) WHERE claims IS NOT NULL',
    'ON t (a) WHERE ordinal = 5 /* ) WHERE claims IS NOT NULL',
    'ON t (a) WHERE "ordinal) WHERE claims" IS NOT NULL AND b',
  ])('returns null for another condition: %s', (sql) => {
    expect(conditionIn(sql)).toBeNull()
  })
})
