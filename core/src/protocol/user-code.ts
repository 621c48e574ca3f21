import { randomBytes } from '../crypto/random'

// RFC 8628 6.1: letters that are not mistaken for each other, and no vowels, so that no word appears.
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const length = 8
// Bytes from here on would make some letters more likely than others.
const fairBytes = 256 - (256 % letters.length)
const form = new RegExp(`^[${letters}]{${length}}$`)

/** Returns a random user code (RFC 8628 6.1) without its dash: eight letters, about 34 bits. */
export function newUserCode(): string {
  let code = ''
  while (code.length < length)
    for (const byte of randomBytes(2 * length))
      if (byte < fairBytes && code.length < length) code += letters[byte % letters.length]
  return code
}

/**
 * Returns the user code in a text that a person has typed, without its dash, or `undefined` if it has
 * none. Case, spaces, dashes and all other separators are ignored (RFC 8628 6.1).
 */
export function userCodeIn(text: string): string | undefined {
  const code = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
  return form.test(code) ? code : undefined
}

/** Returns a user code as it is shown: `BCDF-GHJK`. */
export function shownUserCode(code: string): string {
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`
}
