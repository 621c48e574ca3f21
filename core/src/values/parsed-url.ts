/**
 * Returns the URL, or `undefined` if the text is not an absolute one. URL.canParse() is not used,
 * because in Node 20 it refuses text that is not ASCII once it has been called often.
 */
export function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
