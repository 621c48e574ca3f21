import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:net'

/**
 * Listens on a port that nobody else has, below the range from which systems take the ports of
 * outgoing connections: so it can be let go and taken again a moment later. No two are 10,000 apart,
 * as a port and the bus of a Redis Cluster's node are.
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
