import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import express from 'express'
import { provide } from './app'
import { ConfigurationError, readConfig } from './config'
import { saveDemoData } from './demo'
import { limits } from './security/rate-limit'
import { openStore } from './stores'
import { saveAdmin } from './users'

/** How long open requests may take after the process received a signal, in milliseconds. */
const lastRequestsMs = 1000

start().catch((error: unknown) => {
  console.error(error instanceof ConfigurationError ? error.message : error)
  process.exitCode = 1
})

async function start(): Promise<void> {
  const config = readConfig(process.env)
  const { store, limiter = memoryLimiter(limits), close } = await openStore(config)
  await saveDemoData(store, config.demo)
  if (config.admin) await saveAdmin(store, config.admin)
  const app = express()
  const server = createServer(app)
  const port = await listen(server, config.port)
  const here = `http://localhost:${port}`
  const issuer = config.issuer ?? here
  // No request can arrive before this line: nothing was awaited since the port opened.
  provide(app, { config, issuer, store, limiter: config.rateLimit ? limiter : undefined })
  stopOnSignal(server, close)
  console.log(`Listening on ${here}`)
  if (issuer !== here) console.log(`Issuer: ${issuer}`)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `PORT ${port} can't be used (${cause.code}): set another one`
      reject(new ConfigurationError(message, { cause }))
    })
    server.listen(port, () => resolve((server.address() as AddressInfo).port))
  })
}

/** On SIGINT and SIGTERM, closes everything, so that the process ends by itself. */
function stopOnSignal(server: Server, close: () => Promise<void>): void {
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
