// They say how a message is framed, which is not the application's to say.
const framing = ['content-length', 'transfer-encoding', 'trailer', 'connection', 'upgrade']

/**
 * Headers that can be written: those of an application's error may have names and values that no
 * header has, and Node throws at them.
 */
export function safeHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const safe: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || framing.includes(name.toLowerCase())) continue
    // Node writes a header with a list once for each of them.
    if (Array.isArray(value)) safe[name] = value.filter(isText).map(headerText) as never
    else if (isText(value)) safe[name] = headerText(value)
  }
  return safe
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function headerText(value: string | number): string {
  return (
    String(value)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      // Latin-1 is what a header has room for.
      .replace(/[^\x20-\x7e\xa0-\xff]/gu, '?')
      .trim()
  )
}
