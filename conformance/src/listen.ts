import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:net'

/**
 * Listens on a free port and resolves with its number. The port is below the range that systems use
 * for outgoing connections, so it can be released and taken again a moment later. No two ports are
 * 10,000 apart, because that is the distance between the port and the bus of a Redis Cluster's
 * node.
 */
export async function listenAnywhere(server: Server, host: string): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000)
    server.listen(port, host)
    try {
      await once(server, 'listening')
      return port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}
