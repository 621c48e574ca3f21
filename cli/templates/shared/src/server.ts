import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { TemporarilyUnavailableError, createServer, startPurge } from '@oauth2-kit/core'
import express, { type ErrorRequestHandler } from 'express'
import helmet from 'helmet'
import { behindProxy, port, scopes } from './config.js'
import { hooks, oauthServer } from './oauth.js'
import { pages } from './pages.js'
import { forPeople } from './session.js'
import { forPages } from './store-away.js'
import openStore from './store.js'

const root = path.join(import.meta.dirname, '..')

const { store, close } = await openStore().catch(giveUp)
for (const { problem, fix } of await store.check().catch(giveUp)) {
  console.warn(`${problem}. ${fix}`)
}
const purging = startPurge(store)
const oauth = oauthServer(store)

const app = express()
app.set('view engine', 'ejs')
app.set('views', path.join(root, 'views'))
app.set('trust proxy', behindProxy && 1)
app.use(
  helmet({
    strictTransportSecurity: behindProxy,
    // No form-action: browsers also apply it to the redirect that takes the user back to the
    // client.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': "'none'",
        'style-src': "'self'",
        'frame-ancestors': "'none'",
        'base-uri': "'none'",
      },
    },
  }),
)
app.use(express.static(path.join(root, 'public')))

// An example of an API that your tokens protect.
app.get('/api/me', oauth.authorise({ scope: 'profile' }), (req, res) => {
  const { grant, scope } = req.oauth ?? {}
  // A client's own token acts for no user.
  res.json({ user_id: grant?.userId, client_id: grant?.clientId, scope })
})

const pageStore = forPages(store)
app.use('/oauth/authorize', forPeople)
app.use(oauth.router({ ...hooks(pageStore), scopes: Object.keys(scopes) }))
app.use(forPeople, pages(pageStore))
app.use((_req, res) => {
  res.status(404).render('message', { title: 'Page not found', text: 'There is nothing here.' })
})
app.use(((error: Error & { status?: number }, _req, res, next) => {
  const { status = 500 } = error
  if (status >= 500) console.error(error.stack)
  if (res.headersSent) return next(error)
  if (error instanceof TemporarilyUnavailableError) {
    const shown = { title: 'Not possible right now', text: 'Try again in a moment.' }
    return res.status(503).set('Retry-After', '5').render('message', shown)
  }
  if (status >= 500) {
    return res.status(500).render('message', { title: 'Server error', text: 'Try again later.' })
  }
  const text =
    'The page was open for too long, or you have signed in or out since. Go back and try again.'
  return res.status(status).render('message', { title: 'The request failed', text })
}) satisfies ErrorRequestHandler)

const server = createServer(app).listen(port, () => {
  console.log(`Listening on http://localhost:${(server.address() as AddressInfo).port}`)
})

function giveUp({ message, code }: NodeJS.ErrnoException): never {
  console.error(
    `The store does not answer: ${message || code}. Check that the database is running.`,
  )
  process.exit(1)
}

/** Waits for open requests, for a second at most, and then closes the store. */
async function stop(): Promise<void> {
  setTimeout(() => server.closeAllConnections(), 1000).unref()
  await new Promise((resolve) => server.close(resolve))
  await purging.stop()
  await close()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
