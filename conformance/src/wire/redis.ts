/**
 * Commands that the client sends by itself: to greet a server, and to learn which Cluster node has
 * which slots. After a fault a Cluster client asks for the slots at any time, on any connection.
 */
const ownCommands = new Set(['hello', 'auth', 'client', 'info', 'readonly', 'cluster'])

/** Returns whether bytes to a server consist only of commands that the client sends by itself. */
export function isRedisChatter(bytes: Buffer): boolean {
  const names = commandNames(bytes.toString('latin1'))
  return names.length > 0 && names.every((name) => ownCommands.has(name.toLowerCase()))
}

/**
 * Returns the names of the commands. A command is an array of strings, and the array and each
 * string begin with their length. Bytes that can't be parsed, or are cut off, yield an unknown
 * name.
 */
function commandNames(text: string): string[] {
  const names: string[] = []
  let at = 0
  while (at < text.length) {
    const [head = '', strings] = /^\*(\d+)\r\n/.exec(text.slice(at, at + 32)) ?? []
    at += head.length
    for (let n = 0; n < Number(strings ?? 1); n++) {
      const [length = '', bytes] = /^\$(\d+)\r\n/.exec(text.slice(at, at + 32)) ?? []
      const from = at + length.length
      if (n === 0) names.push(text.slice(from, from + Number(bytes ?? 0)))
      at = bytes === undefined ? text.length : from + Number(bytes) + 2
    }
  }
  return names
}
