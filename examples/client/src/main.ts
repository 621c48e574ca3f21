import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { serve } from './app'
import { ConfigurationError, readConfig } from './config'

start().catch((error: unknown) => {
  console.error(error instanceof ConfigurationError ? error.message : error)
  process.exitCode = 1
})

async function start(): Promise<void> {
  const config = readConfig(process.env)
  const app = express()
  const server = await listen(app, config.port)
  const url = `http://${config.host}:${(server.address() as AddressInfo).port}`
  // The port is known only now. No request can arrive before the next line runs.
  serve(app, config, url)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(server))
  console.log(`Listening on ${url}`)
}

function listen(app: express.Application, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server: Server = app.listen(port, (cause?: NodeJS.ErrnoException) => {
      const message = `PORT ${port} can't be used (${cause?.code}): set another one`
      if (cause) reject(new ConfigurationError(message, { cause }))
      else resolve(server)
    })
  })
}

function stop(server: Server): void {
  server.close()
  server.closeAllConnections()
}
