const longestLine = 1_048_576
const newline = 10

/** What a line of the input is: its JSON value, or an Error that says what is wrong with it. */
export type JsonLine = object | Error

/**
 * Yields one value for each line of JSON Lines in UTF-8, so that the number of a value is that of its
 * line. A wrong line yields an Error. No message contains text of the line, which may be secret.
 * Empty lines at the end are ignored. Holds at most one line of 1 MiB in memory.
 */
export async function* jsonLines(
  chunks: AsyncIterable<Buffer | string>,
): AsyncGenerator<JsonLine, void, undefined> {
  let empty = 0
  for await (const line of linesOf(chunks)) {
    const value = line === null ? tooLong() : valueOf(line)
    if (value === undefined) {
      empty++
      continue
    }
    for (; empty > 0; empty--) yield new Error('The line is empty: remove it')
    yield value
  }
}

/** Yields the bytes of each line, or `null` for a line that is too long. */
async function* linesOf(
  chunks: AsyncIterable<Buffer | string>,
): AsyncGenerator<Buffer | null, void, undefined> {
  let parts: Buffer[] = []
  let length = 0
  const end = () => {
    const line = length > longestLine ? null : Buffer.concat(parts)
    parts = []
    length = 0
    return line
  }
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk as Buffer)
    let start = 0
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, start)) {
      add(bytes.subarray(start, at))
      yield end()
      start = at + 1
    }
    add(bytes.subarray(start))
  }
  if (length > 0) yield end()

  function add(part: Buffer): void {
    length += part.length
    // The rest of a line that is too long is read, but not kept.
    if (length <= longestLine) parts.push(part)
    else parts = []
  }
}

/** Returns the value of a line, or `undefined` if it is empty. */
function valueOf(line: Buffer): JsonLine | undefined {
  let text: string
  try {
    // Also removes the byte order mark, with which some editors begin a file.
    text = new TextDecoder('utf-8', { fatal: true }).decode(line)
  } catch {
    return new Error('The line is not UTF-8: convert the file')
  }
  if (text.trim() === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {}
  return new Error('The line is not a JSON object: write each row as one JSON object on one line')
}

function tooLong(): Error {
  return new Error(`The line has more than ${longestLine} bytes: shorten its metadata`)
}
