import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Returns a free port, for a program whose port must be known before it starts. It is outside the
 * range that systems assign to connections, so no other process gets it before the program starts.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(12_000, 32_000)
  return (await isFree(port)) ? port : freePort()
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
