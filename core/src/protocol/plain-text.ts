/** The longest text of an error that goes into a header, in characters. */
export const longestText = 1000

/**
 * The text of an error in the characters that RFC 6749 5.2 and RFC 6750 3 allow for it: visible
 * ASCII and the space, without the double quote and the backslash. What is not text becomes ''.
 */
export function plainText(value: unknown): string {
  if (typeof value !== 'string') return ''
  const text = value.slice(0, longestText)
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)) return text
  return (
    text
      // Letters lose their accents before anything else is lost.
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .replaceAll('"', "'")
      .replaceAll('\\', '/')
      .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
      .replace(/[^\x20-\x7e]/gu, '?')
  )
}
