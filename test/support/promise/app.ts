import { randomUUID } from 'node:crypto'
import {
  type NewClient,
  type Store,
  type ToPromiseModelOptions,
  toPromiseModel,
} from '@oauth2-kit/core'
import express, { type Request, type Response } from 'express'
import { passwords } from '../../../core/test/support/quick-passwords'
import { callsOf, register } from './calls'
import type { AnyPromiseModel, PromiseServer } from './servers'

/** What a test changes. */
export interface Differences {
  options?: Record<string, unknown>
  /** The options of the server, such as `alwaysIssueNewRefreshToken`. */
  serverOptions?: Record<string, unknown>
  client?: NewClient
  /** Changes the model, as the wrapper of an application does. */
  wrap?: (model: AnyPromiseModel) => object
}

/** Returns the model for a server. A refresh token that is presented again ends its grant at once. */
export function modelFor(
  { scopeFormat }: Pick<PromiseServer, 'scopeFormat'>,
  store: Store,
  options: object = {},
): AnyPromiseModel {
  // Long enough that no call times out by accident on a busy machine.
  const all = { passwords, storeTimeout: 60_000, refreshGrace: 0, ...options, scopeFormat }
  return toPromiseModel(store, all as ToPromiseModelOptions)
}

/** A server on a store, with a client and a user. */
export async function promiseApp(
  version: PromiseServer,
  store: Store,
  { options, serverOptions, client: details, wrap = (model) => model }: Differences = {},
) {
  const client = await register(store, details)
  const user = { id: randomUUID() }
  const model = modelFor(version, store, options)
  const oauth = new version.server({ model: wrap(model), ...serverOptions })

  const handle =
    (name: 'token' | 'authorize' | 'authenticate', own: (req: Request) => object = () => ({})) =>
    async (req: Request, res: Response) => {
      const answer = new version.server.Response(res)
      let body: unknown
      try {
        const result = await oauth[name](new version.server.Request(req), answer, own(req))
        body = name === 'authenticate' ? result : answer.body
      } catch (error) {
        const { code, name: error_, message } = error as Error & { code: number }
        answer.status = answer.headers['location'] ? 302 : code
        body = { error: error_, error_description: message }
      }
      res.set(answer.headers).status(answer.status).send(body)
    }

  const app = express()
  app.use(express.urlencoded({ extended: false }))
  app.post('/token', handle('token'))
  app.get(
    '/authorize',
    handle('authorize', () => ({ authenticateHandler: { handle: () => user } })),
  )
  app.get(
    '/',
    handle('authenticate', ({ query }) => {
      const scope = query['scope'] as string | undefined
      // Version 5.0 takes an array only.
      if (scope === undefined) return {}
      return { scope: version.scopeFormat === 'array' ? scope.split(' ') : scope }
    }),
  )

  return { store, model, user, ...callsOf(app, { store, client, hasPkce: version.hasPkce }) }
}

/** What `promiseApp` resolves with. */
export type PromiseApp = Awaited<ReturnType<typeof promiseApp>>
