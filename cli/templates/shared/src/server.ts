import path from 'node:path'
import { createServer, startPurge } from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import express from 'express'
import { provide } from './app.js'
import { grants, name, readConfig, scopes, storeTimeout } from './config.js'
import { home } from './home.js'
import { listen, stopOnSignal } from './listening.js'
import { createLog, requestLog } from './request-log.js'
import { limits } from './security/rate-limit.js'
import type { OpenStore } from './setting.js'
import openStore from './store.js'

const faults = [TypeError, ReferenceError, RangeError]

try {
  await start()
} catch (error) {
  // A wrong setting or a database that is away is one line; a fault of the program has its stack.
  const isFault = !(error instanceof Error) || faults.some((fault) => error instanceof fault)
  console.error(isFault ? error : error.message)
  process.exit(1)
}

async function start(): Promise<void> {
  const { port, logLevel, ...config } = readConfig()
  const log = createLog(logLevel)
  const opened: OpenStore = await openStore()
  const { store, close, limiter = memoryLimiter(limits) } = opened
  for (const { problem, fix } of await store.check()) console.warn(`${problem}. ${fix}`)
  // Removes expired data, unless the database does so by itself.
  const purging = store.supports.cleanup === 'purge' ? startPurge(store) : undefined

  const app = express()
  app.use(requestLog(log))
  provide(
    app,
    {
      ...config,
      name,
      root: path.join(import.meta.dirname, '..'),
      store,
      storeTimeout,
      log,
      limiter,
      grants,
      scopes,
      rememberConsent: true,
    },
    home(config.issuer),
  )
  const server = createServer(app)
  const listening = await listen(server, port)
  stopOnSignal(server, async () => {
    await purging?.stop()
    await close()
  })
  console.log(`Listening on http://localhost:${listening}`)
}
