import { createServer, startPurge } from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import express from 'express'
import { apis } from './apis.js'
import { provide } from './app.js'
import {
  grants,
  name,
  readConfig,
  requirePushedAuthorizationRequests,
  root,
  scopes,
  storeTimeout,
  unusedClientsSeconds,
} from './config.js'
import { giveUp } from './environment.js'
import { home } from './home.js'
import { listen, stopOnSignal } from './listening.js'
import { createLog, requestLog } from './request-log.js'
import { limits } from './security/rate-limit.js'
import type { OpenStore } from './setting.js'

await start().catch(giveUp)

async function start(): Promise<void> {
  const { port, logLevel, ...config } = readConfig()
  const log = createLog(logLevel)
  // Not at the top, because it reads the settings of the database.
  const { default: openStore } = await import('./store.js')
  const opened: OpenStore = await openStore()
  const { store, close, limiter = memoryLimiter(limits) } = opened
  for (const { problem, fix } of await store.check()) console.warn(`${problem}. ${fix}`)
  // Removes expired data that the database keeps, and unused clients that registered themselves.
  const purging = startPurge(store, { unusedClientsSeconds })

  const app = express()
  app.use(requestLog(log))
  provide(
    app,
    {
      ...config,
      name,
      root,
      store,
      storeTimeout,
      log,
      limiter,
      grants,
      requirePushedAuthorizationRequests,
      scopes,
      rememberConsent: true,
      ...apis(config.issuer),
    },
    home(config.issuer),
  )
  const server = createServer(app)
  const listening = await listen(server, port)
  stopOnSignal(server, async () => {
    await purging.stop()
    await close()
  })
  console.log(`Listening on http://localhost:${listening}`)
}
