/** A string, a number, a literal or a mark of JSON. */
const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[a-z]+|[[\]{},:]/g

/**
 * Returns how a JSON text was re-written, as a JSON column does: the same content in another text.
 * Returns null if it is no JSON or has other content.
 */
export function jsonDifference(actual: string, wanted: string): string | null {
  const [was, is] = [parsed(wanted), parsed(actual)]
  if (!was || !is) return null
  const [before, after] = [tokensOf(wanted), tokensOf(actual)]
  if (isEqual(before, after)) return 're-written JSON, with other white space'
  if (isEqual(before.toSorted(), after.toSorted()) && isEqual(sorted(was), sorted(is)))
    return 're-written JSON, with its keys in another order'
  if (isEqual(before.map(withoutNumber), after.map(withoutNumber)))
    return 're-written JSON, with other numbers'
  if (isEqual(before.map(unescaped), after.map(unescaped)))
    return 're-written JSON, with other escapes'
  if (!isEqual(sorted(was), sorted(is))) return null
  return after.length < before.length ? 're-written JSON, without repeated keys' : 'JSON re-written'
}

function parsed(text: string): { value: unknown } | null {
  if (!/^\s*[[{"]/.test(text)) return null
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return null
  }
}

function tokensOf(text: string): string[] {
  return text.match(token) ?? []
}

function withoutNumber(part: string): string {
  return /^-?\d/.test(part) ? '0' : part
}

function unescaped(part: string): string {
  return part.startsWith('"') ? JSON.stringify(JSON.parse(part)) : part
}

/** Returns the value with the keys of every object sorted. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([name, part]) => [name, sorted(part)])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
