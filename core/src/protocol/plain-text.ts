/** The maximum length of an error text in a header, in characters. */
export const longestText = 1000

/**
 * Returns the text of an error, reduced to the characters that RFC 6749 5.2 and RFC 6750 3 allow:
 * visible ASCII and the space, without the double quote and the backslash. Returns '' if the value
 * is not a string.
 */
export function plainText(value: unknown): string {
  if (typeof value !== 'string') return ''
  const text = value.slice(0, longestText)
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)) return text
  return (
    text
      // Accents are removed first, so that the base letters are kept.
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .replaceAll('"', "'")
      .replaceAll('\\', '/')
      .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
      .replace(/[^\x20-\x7e]/gu, '?')
  )
}
