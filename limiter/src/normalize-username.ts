/** Maps all spellings of the same user's name to one text. */
export type NormalizeUsername = (username: string) => string

/**
 * Removes what most applications ignore when they look up a user: differences of case, and of
 * compatible characters (Unicode NFKC) such as full-width letters.
 */
export function normalizeUsername(username: string): string {
  const lower = username.normalize('NFKC').toLowerCase()
  // Upper case is the same for "ß" and "ss", and for both lower-case Greek sigmas.
  return lower.toUpperCase().toLowerCase().normalize('NFKC')
}
