/** What the core keeps in `data`: what it must know again when the credential is presented. */
export interface CredentialData {
  /**
   * On a refresh token the scope of the grant, which a narrower refresh leaves as it is (RFC 6749
   * 6).
   */
  scope: string
  /** The resources that it is for (RFC 8707); left out = any. */
  resource?: readonly string[]
  /** When the grant ends, however often it is refreshed: milliseconds since the epoch. */
  until?: number
  /** On a grant: whether it began with a code, so that its user was asked. */
  consented?: true
  redirectUri?: string
  challenge?: string
  /**
   * On a refresh token: the rotations of its grant within an hour, and when that hour began
   * (milliseconds since the epoch).
   */
  rotations?: Rotations
  /** On an answer: the sealed answer itself. */
  sealed?: string
}

/** The rotations of a grant within an hour. */
export interface Rotations {
  since: number
  count: number
}

const parsed = new Map<string, Readonly<CredentialData>>()
const mostParsed = 1000
const longestParsed = 200

// A store may have emptied the data of a credential that was redeemed long ago.
const emptied: Readonly<CredentialData> = Object.freeze({ scope: '' })

/**
 * What a credential's `data` says. The tokens of a client mostly say the same, so this is
 * remembered.
 */
export function dataOf(data: string): Readonly<CredentialData> {
  if (data === '') return emptied
  const known = parsed.get(data)
  if (known) return known
  const found = JSON.parse(data) as CredentialData
  if (data.length > longestParsed) return found
  if (parsed.size >= mostParsed) parsed.clear()
  parsed.set(data, found)
  return found
}

/** The text of a credential's `data`. */
export function dataText(data: CredentialData): string {
  return JSON.stringify(data)
}
