import { connect } from 'node:net'
import { UsageError } from '../command'

const highest = 65_535
/** How long to wait for an answer, in milliseconds. A local port answers at once. */
const patience = 500

/** A port that the provider is written for. */
export interface Port {
  port: number
  /** What the user should know about it. */
  notes: string[]
}

/**
 * Resolves with the port for a service. A port that the user has set is kept. Otherwise, it is
 * `standard`, or the first higher one that nothing on this machine listens on.
 */
export async function choosePort(
  option: string,
  set: string | undefined,
  standard: number,
  taken: readonly number[] = [],
): Promise<Port> {
  if (set !== undefined) {
    const port = portOf(option, set)
    if (taken.includes(port)) throw new UsageError(`--${option}: the provider uses ${port}`)
    if (!(await isInUse(port))) return { port, notes: [] }
    return { port, notes: [`Port ${port} is in use: stop what uses it before you start this.`] }
  }
  let port = standard
  while (port < highest && (taken.includes(port) || (await isInUse(port)))) port++
  if (port === standard) return { port, notes: [] }
  return {
    port,
    notes: [`Port ${standard} is in use, so ${port} was chosen; --${option} sets another.`],
  }
}

function portOf(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= highest) return port
  throw new UsageError(`--${option} must be a port, from 1 to ${highest}`)
}

/**
 * Resolves with whether something listens on a port of this machine. It connects, because some
 * systems let a second program listen on a single address of a port in use.
 */
function isInUse(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port, timeout: patience })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}
