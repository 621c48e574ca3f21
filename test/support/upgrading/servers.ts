import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import oauthserver, { createClient } from '@oauth2-kit/core'
import type { Store } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express, { type Express, type Request } from 'express'
import type { WrapperClass } from './contract'
import {
  type ScopeFormat,
  type State,
  aDay,
  ada,
  album,
  databaseError,
  fastHash,
  other,
  plainModel,
  scopes,
  untouched,
} from './plain-model'

/** A server of one of the packages, with the same clients, users and routes as the others. */
export interface Measured extends AsyncDisposable {
  url: string
  /** What the test does to the server while it runs. */
  state: State
}

/** The names of the servers, as in the columns of the table. */
export const names = ['3', '4', '5', 'oauth2-kit'] as const

const wrappers: Record<'3' | '4' | '5', [name: string, format: ScopeFormat]> = {
  3: ['express-oauth-server', 'string'],
  4: ['express-oauth-server3', 'string'],
  5: ['@node-oauth/express-oauth-server', 'array'],
}

/** The user is signed in, and allows a request unless its parameter `allowed` is false. */
const pages = {
  authenticate: () => ada,
  consent: (req: Request) => req.query['allowed'] !== 'false',
}

/** Starts a server on a free port. */
export async function start(name: (typeof names)[number]): Promise<Measured> {
  const app = express()
  app.use(express.urlencoded({ extended: true }))
  const state: State = { ...untouched }
  if (name === 'oauth2-kit') await useKit(app, state)
  else useWrapper(app, name, state)
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function useWrapper(app: Express, name: '3' | '4' | '5', state: State): void {
  const [file, format] = wrappers[name]
  const OAuthServer = jest.requireActual<WrapperClass>(file)
  const oauth = new OAuthServer({ model: plainModel(format, state) })
  const scope = format === 'array' ? ['photos'] : 'photos'
  app.all('/oauth/token', oauth.token())
  app.all(
    '/oauth/authorize',
    oauth.authorize({ authenticateHandler: { handle: pages.authenticate } }),
  )
  app.all('/api', oauth.authenticate(), (_req, res) => void res.json({}))
  app.all('/api/photos', oauth.authenticate({ scope }), (_req, res) => void res.json({}))
}

async function useKit(app: Express, state: State): Promise<void> {
  const store = failing(memoryStore(), state)
  for (const { id, secret, redirectUris, grants } of [album, other]) {
    const client = { id, secret, redirectUris, grantTypes: grants, scopes }
    await createClient(store, client, { passwords: fastHash })
  }
  const oauth = oauthserver({
    store,
    issuer: 'http://127.0.0.1:3000',
    grants: [...album.grants, 'client_credentials'],
    debug: false,
    passwords: fastHash,
    now: () => Date.now() + (state.hasAged ? aDay : 0),
    users: {
      authenticate: async (username, password) =>
        username === ada.username && password === ada.password ? { id: ada.id } : null,
    },
  })
  app.all('/oauth/token', oauth.grant())
  app.all('/oauth/authorize', oauth.authCodeGrant(pages))
  app.all('/api', oauth.authorise(), (_req, res) => void res.json({}))
  app.all('/api/photos', oauth.authorise({ scope: 'photos' }), (_req, res) => void res.json({}))
}

/** Returns the store, whose calls reject while the database is down. */
function failing(store: Store, state: State): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || !state.isDown) return value
      return () => Promise.reject(databaseError())
    },
  })
}
