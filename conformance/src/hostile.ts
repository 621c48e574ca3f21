// Values that attackers and faulty clients send instead of an id.

/** Values that are not strings, including some that query languages treat as operators. */
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

/** Strings that a look-up may treat as a pattern. */
export const patterns = ['%', '_', '*', '?', '.*', '[a-z]*', '^', '%%', '*:*', '{}', '[^x]']

/** Strings that end a literal or start another command if queries and keys are concatenated. */
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
