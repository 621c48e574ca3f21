import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigurationError } from './environment.js'

/** How long open requests may take after the process received a signal, in milliseconds. */
const lastRequestsMs = 1000

/** Listens on the port, and resolves with its number. 0 means any free port. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? 'another program listens on it' : String(code)
      reject(
        new ConfigurationError(`PORT ${port} can't be used: ${reason}. Set PORT to another one`),
      )
    })
    server.listen(port, () => resolve((server.address() as AddressInfo).port))
  })
}

/**
 * On SIGINT and SIGTERM, stops accepting requests, waits for open ones, and closes everything, so
 * that the process ends by itself.
 */
export function stopOnSignal(server: Server, close: () => Promise<unknown>): void {
  let stopping: Promise<void> | undefined

  async function stop(): Promise<void> {
    setTimeout(() => server.closeAllConnections(), lastRequestsMs).unref()
    await new Promise((resolve) => server.close(resolve))
    await close()
  }

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      stopping ??= stop().catch((error: unknown) => {
        console.error(error)
        process.exitCode = 1
      })
    })
  }
}
