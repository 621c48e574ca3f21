/** Maps all spellings of a username that mean the same user to one text. */
export type NormalizeUsername = (username: string) => string

/**
 * Removes what most applications ignore when they look a user up: differences of case and of
 * compatible characters (Unicode NFKC), such as full-width letters.
 */
export function normalizeUsername(username: string): string {
  const lower = username.normalize('NFKC').toLowerCase()
  // By way of the upper case, which "ß" and "ss", or both small sigmas of Greek, have in common.
  return lower.toUpperCase().toLowerCase().normalize('NFKC')
}
