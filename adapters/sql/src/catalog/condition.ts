/** The condition of a partial index as the database has it. */
export interface FoundCondition {
  readonly column: string
  /** The value of the column; null if any value but NULL. */
  readonly equals: string | null
}

/** A comment, a cast of PostgreSQL that changes nothing, a quoted name or text, a word, or a sign. */
const tokens =
  /--.*|\/\*[^]*?(?:\*\/|$)|::text\b|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'|[\w$]+|\S/g
const meaningless = /^(?:--|\/\*|::)/

/**
 * Returns the condition that a partial index has by its SQL, which may be the whole CREATE INDEX.
 * Returns null if it is more than one comparison: such an index may lack any row.
 */
export function conditionIn(sql: string): FoundCondition | null {
  const all = (sql.match(tokens) ?? []).filter((token) => !meaningless.test(token))
  let found = all.slice(all.findIndex((token) => token.toUpperCase() === 'WHERE') + 1)
  while (found[0] === '(' && found.at(-1) === ')') found = found.slice(1, -1)
  if (found[0] === '(' && found[2] === ')') found = [found[1]!, ...found.slice(3)]
  const [name, ...comparison] = found
  const column = nameIn(name ?? '')
  if (column === null) return null
  if (comparison.join(' ').toUpperCase() === 'IS NOT NULL') return { column, equals: null }
  const [sign, text = '', ...rest] = comparison
  if (sign !== '=' || !text.startsWith("'") || rest.length > 0) return null
  return { column, equals: text.slice(1, -1).replaceAll("''", "'") }
}

function nameIn(token: string): string | null {
  const quote = token.at(0)
  if (quote === '"' || quote === '`') return token.slice(1, -1).replaceAll(quote + quote, quote)
  if (quote === '[') return token.slice(1, -1)
  return /^[a-z_]/i.test(token) ? token : null
}
