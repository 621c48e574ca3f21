const segmenter = new Intl.Segmenter()

/** Formats rows of text in columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable))
  const widths = (clean[0] ?? []).map((_, column) =>
    Math.max(...clean.map((row) => lengthOf(row[column] ?? ''))),
  )
  return clean
    .map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Formats one record: a line for each property that is set. */
export function record(values: Readonly<Record<string, unknown>>): string {
  return table(Object.entries(values).flatMap(([name, value]) => linesOf(name, value)))
}

/** Formats a value for people. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(shown).join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function linesOf(name: string, value: unknown): string[][] {
  return value === undefined ? [] : [[name, shown(value)]]
}

/** Replaces control characters, so that a foreign name can't control the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd')
}

/** Does the same for a message, which may have several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)))
}

function lengthOf(text: string): number {
  return [...segmenter.segment(text)].length
}
