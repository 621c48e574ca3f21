import NodeOAuth, { Request, Response } from '@node-oauth/oauth2-server'
import oauth2Server from 'oauth2-server'
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express'
import { callbackModel, onCallbackModel } from './callback-model'
import { type Contender, type Handler, setup } from './contender'
import { onPromiseModel, promiseModel } from './promise-model'

const { accessTokenLifetime, refreshTokenLifetime, authCodeLifetime } = setup

/** The last version of the 2.4 line, which everything is compared with. */
export async function oauth2ServerContender(grants: readonly string[]): Promise<Contender> {
  const model = callbackModel()
  const oauth = oauth2Server({
    model,
    grants,
    accessTokenLifetime,
    refreshTokenLifetime,
    authCodeLifetime,
  })
  return {
    ...onCallbackModel(model),
    authorise: oauth.authorise() as Handler,
    grant: oauth.grant() as Handler,
  }
}

/** Its successor, with the few lines that its own Express wrapper consists of. */
export async function nodeOAuthContender(grants: readonly string[]): Promise<Contender> {
  const model = promiseModel(grants)
  const server = new NodeOAuth({ model, accessTokenLifetime, refreshTokenLifetime })

  async function authorise(request: ExpressRequest, response: ExpressResponse): Promise<void> {
    const token = await server.authenticate(new Request(request), new Response(response))
    response.locals['oauth'] = { token }
  }

  async function grant(request: ExpressRequest, response: ExpressResponse): Promise<void> {
    const answer = new Response(response)
    const token = await server.token(new Request(request), answer)
    response.locals['oauth'] = { token }
    response.set(answer.headers)
    response.status(answer.status ?? 200).send(answer.body)
  }

  return {
    ...onPromiseModel(model),
    authorise: (request, response, next) => {
      authorise(request as ExpressRequest, response as ExpressResponse).then(() => next(), next)
    },
    grant: (request, response, next) => {
      grant(request as ExpressRequest, response as ExpressResponse).catch(next)
    },
  }
}
