import { createServer } from '@oauth2-kit/core'
import { memoryLimiter } from '@oauth2-kit/limiter'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import express, { Router } from 'express'
import { apis } from '../src/apis.js'
import { provide } from '../src/app.js'
import { grants, name, root, scopes, storeTimeout } from '../src/config.js'
import { listen } from '../src/listening.js'
import { limits } from '../src/security/rate-limit.js'

/** A running provider. */
export interface TestProvider {
  url: string
  store: MemoryStore
  stop(): Promise<void>
}

/** Starts the provider on a free port, with a store in memory. */
export async function startProvider(): Promise<TestProvider> {
  const store = memoryStore()
  const app = express()
  const server = createServer(app)
  const url = `http://localhost:${await listen(server, 0)}`
  provide(
    app,
    {
      name,
      issuer: url,
      root,
      store,
      storeTimeout,
      log: console,
      limiter: memoryLimiter(limits),
      grants,
      scopes,
      sessionSecrets: ['only for tests'],
      rememberConsent: true,
      origins: [],
      ...apis(url),
    },
    Router(),
  )
  return {
    url,
    store,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await store.close()
    },
  }
}
