/** Stores that an operator makes and that are right all the same, and why. */
export const equivalents: Readonly<Record<string, string>> = {
  'isRedeemed() keeps what it has found': 'What was redeemed once stays redeemed.',
  'isRedeemed() keeps what it has found for a minute': 'What was redeemed once stays redeemed.',
  'revokeAccessToken() resolves before it is done':
    'The reference database handles calls in their order, so the next call sees the result.',
  'check() acts on other namespaces too': 'It changes nothing.',
  "issue(): grant.userId !== null && space.get('marks', grant.userId) → space.get('marks', grant.userId)":
    'No mark has the id null.',
  "revokeAccessToken(): row.place === 0 && row.claims !== null && space.get('credentials', row.claims) → row.place === 0 && row.claims !== null":
    'A token that is no mark stays in its table until it expires, but no method returns it.',
  "revokeAccessToken(): row.place === 0 && row.claims !== null && space.get('credentials', row.claims) → space.get('credentials', row.claims)":
    'A token that is no mark stays in its table until it expires, but no method returns it.',
  'revokeAccessToken(): row.place === 0 && row.claims !== null → row.place === 0':
    'A token that is no mark stays in its table until it expires, but no method returns it.',
  'revokeAccessToken(): row.place === 0 && row.claims !== null → row.claims !== null':
    'A token that is no mark stays in its table until it expires, but no method returns it.',
  'revokeAccessToken(): isMark → true':
    'A token that is no mark stays in its table until it expires, but no method returns it.',
  'listGrants(): grants.length > limit ? (grants[limit - 1]?.id ?? null) : null → (grants[limit - 1]?.id ?? null)':
    'The last page may be empty.',
  'listGrants(): grants.length > limit → grants.length >= limit': 'The last page may be empty.',
  'successorOf(): rows.toSorted((a, b) => a.place - b.place) → rows':
    'The table returns rows in the order in which they were added.',
  'successorOf(): a.place - b.place → a.place':
    'The table returns rows in the order in which they were added.',
  'isPast(): found !== undefined → false': 'It only saves a repeated computation.',
  'isPast(): chain.push(one) → nothing': 'It only saves a repeated computation.',
  'isPast(): one.claims !== null && one.place === 0 → one.place === 0':
    'The first credential of a grant has no predecessor, so the look-up finds nothing.',
  'isPast(): known.set(one.hash, past) → nothing': 'It only saves a repeated computation.',
  "isUsable(): !gone && kind !== 'answer' → kind !== 'answer'":
    'The grant goes with the mark of its last token, which expires too.',
  'page(): a.id < b.id → a.id <= b.id': 'Ids are unique.',
}
