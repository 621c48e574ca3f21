// What attackers and odd users send in place of an id.

/** What is no string, and what query languages take for an operator. */
export const operators: readonly unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { not: '' },
  {},
  [],
  null,
  undefined,
  0,
  1,
  true,
  NaN,
]

/** What some look-up takes for a pattern. */
export const patterns = ['%', '_', '*', '?', '.*', '[a-z]*', '^', '%%', '*:*', '{}', '[^x]']

/** What ends a string, or starts something else, where queries and keys are put together. */
export const fragments = [
  "' OR '1'='1",
  '" OR ""="',
  "'; DROP TABLE oauth_credentials; --",
  '\\',
  "\\'",
  '$1',
  ':id',
  '?',
  '${1}',
  '`x`',
  ']]--',
  '\r\nFLUSHALL\r\n',
  '{tag}',
  'a:b',
  '"}',
  '$clientId',
]
