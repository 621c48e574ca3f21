// These headers define the framing of the message, which the application must not change.
const framing = ['content-length', 'transfer-encoding', 'trailer', 'connection', 'upgrade']

/**
 * Returns only headers that can be written. An error of the application may have invalid header
 * names and values, and Node throws for these.
 */
export function safeHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const safe: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || framing.includes(name.toLowerCase())) continue
    // Node writes one header line for each value of an array.
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
      // A header can contain Latin-1 only.
      .replace(/[^\x20-\x7e\xa0-\xff]/gu, '?')
      .trim()
  )
}
