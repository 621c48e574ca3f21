import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A port that is free, for a program whose port must be known before it starts. It is none of those
 * that systems give to connections, which any process may get in the meantime.
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
