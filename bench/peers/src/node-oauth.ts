import type { IncomingMessage, ServerResponse } from 'node:http'
import ExpressOAuthServer from '@node-oauth/express-oauth-server'
import NodeOAuth, { Request, Response } from '@node-oauth/oauth2-server'
import { type Contender, type Handler, setup } from '@oauth2-kit/bench/contender'
import type { RequestHandler } from 'express'
import { readBody } from './body'
import { onPromiseModel, promiseModel } from './promise-model'

const { accessTokenLifetime, refreshTokenLifetime } = setup
const lifetimes = { accessTokenLifetime, refreshTokenLifetime }

/** The successor of oauth2-server 2.4, with the Express wrapper of the same authors. */
export async function expressOAuthServerContender(grants: readonly string[]): Promise<Contender> {
  const model = promiseModel(grants)
  const oauth = new ExpressOAuthServer({ model, useErrorHandler: true, ...lifetimes })
  return {
    ...onPromiseModel(model),
    authorise: oauth.authenticate() as RequestHandler as Handler,
    grant: oauth.token() as RequestHandler as Handler,
  }
}

/** The same library without the wrapper, with the few lines that it needs on bare node:http. */
export async function nodeOAuthContender(grants: readonly string[]): Promise<Contender> {
  const model = promiseModel(grants)
  return { ...onPromiseModel(model), ...onNode(model) }
}

/** Returns the endpoints of the library with that model. */
export function onNode(
  model: NodeOAuth.ServerOptions['model'],
): Required<Pick<Contender, 'authorise' | 'grant' | 'listener'>> {
  const server = new NodeOAuth({ model, ...lifetimes })

  async function authorise(message: IncomingMessage): Promise<void> {
    const request = new Request({ ...partsOf(message), query: {}, body: {} })
    Object.assign(message, { oauth: await server.authenticate(request, new Response()) })
  }

  async function answer(message: Parsed, response: ServerResponse): Promise<void> {
    const body = message.body ?? (await readBody(message))
    const given = new Response()
    try {
      await server.token(new Request({ ...partsOf(message), query: {}, body }), given)
    } catch (error) {
      // The response has the error of the client already.
      if (given.body === undefined) throw error
    }
    const bytes = Buffer.from(JSON.stringify(given.body))
    response.statusCode = given.status ?? 200
    for (const [name, value] of Object.entries(given.headers ?? {})) response.setHeader(name, value)
    response.setHeader('Content-Type', 'application/json')
    response.setHeader('Content-Length', bytes.length)
    response.end(bytes)
  }

  return {
    authorise: (request, _response, next) => void authorise(request).then(() => next(), next),
    grant: (request, response, next) => void answer(request, response).catch(next),
    listener: () => (request, response) =>
      void answer(request, response).catch((error: Error) => response.destroy(error)),
  }
}

type Parsed = IncomingMessage & { body?: Record<string, string> }

function partsOf({ method = '', headers }: IncomingMessage) {
  return { method, headers: headers as Record<string, string> }
}
