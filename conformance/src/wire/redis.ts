/**
 * Commands of the client itself: to greet a server, and to learn which node of a Cluster has which
 * slots. A Cluster's client asks for the slots after a fault, on whichever connection, at any time.
 */
const ownCommands = new Set(['hello', 'auth', 'client', 'info', 'readonly', 'cluster'])

/** Whether bytes to a server are commands of the client itself, and nothing else. */
export function isRedisChatter(bytes: Buffer): boolean {
  const names = commandNames(bytes.toString('latin1'))
  return names.length > 0 && names.every((name) => ownCommands.has(name.toLowerCase()))
}

/**
 * The names of the commands: each is an array of strings, with its length before it, and so has each
 * string. What can't be read, or is cut off, is the name of none.
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
