/** The words of the storage contract that the contracts of models do not have. */
const words = [
  /\bstores?\b/,
  /\bcredentials?\b/,
  /(?<!")\bgrants?\b(?![ _-]types?\b|"|: \[)/,
  /\brecords?\b/,
  /\bsuccessors?\b/,
  /\brows?\b/,
  /\bpurg/,
  /\bredeem/,
  /\bissued?\b/,
  /\bsupports\b/,
  /\bthe core\b/,
  /\w+Hash\b/,
  /(?<!")\bexpiresAt\b(?!: )/,
  /\b(?:find|extend|revoke|check)\(\)/,
  /\b(?:create|update|delete|list)(?:Clients?|Users?|Grants)\b/,
  /\b(?:isRedeemed|getUserByUsername|revokeAccessToken)\b/,
  /\b(?:add|get|take)Record\b/,
]

/** Returns the words of the storage contract in a text that is shown for a model. */
export function wordsIn(text: string): string[] {
  return words.flatMap((word) => word.exec(text)?.[0] ?? [])
}

/**
 * Returns whether a message compares two numbers without saying what they count. A quoted name is
 * that of the member that has the number.
 */
export function hasBareNumber(message: string): boolean {
  const [, what = null] = /^(.*): got -?\d[\d.,]*, expected -?\d/.exec(message) ?? []
  return what !== null && !/\bnumber of\b|\bHTTP status\b|"\w+"|\bid of\b/i.test(what)
}
