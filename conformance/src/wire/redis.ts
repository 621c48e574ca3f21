/**
 * Commands of the client itself: to greet a server, and to learn which node of a Cluster has which
 * slots. A Cluster's client asks for the slots after a fault, on whichever connection, at any time.
 */
const ownCommands = new Set(['hello', 'auth', 'client', 'info', 'readonly', 'cluster'])

/** The name of the first command: an array of strings, each with its length before it. */
const firstCommand = /^\*\d+\r\n\$\d+\r\n(\w+)\r\n/

/** Whether bytes to a server begin with a command of the client itself. */
export function isRedisChatter(bytes: Buffer): boolean {
  const [, name] = firstCommand.exec(bytes.toString('latin1', 0, 64)) ?? []
  return name !== undefined && ownCommands.has(name.toLowerCase())
}
