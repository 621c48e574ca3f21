import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../context'
import { OAuth2Error } from '../errors/errors'
import { errorResponse } from '../endpoints/error-response'
import { type Middleware, type Next, endpoint, guarded } from './express'
import { pathOf, searchOf, send } from './node'
import { textResponse } from '../http/response'
import { type Routes, routeAt } from '../endpoints/routes'

/** A listener for node:http. `next` is called for what is not there, which is a 404 without it. */
export type Listener = (request: IncomingMessage, response: ServerResponse, next?: Next) => void

/** A middleware that answers at these paths, and lets every other request pass. */
export function router(context: Context, routes: Routes): Middleware {
  const middlewares = new Map(
    Array.from(routes, ([path, route]) => [path, endpoint(context, route)] as const),
  )
  return (message, response, next) => {
    const found = routeAt(middlewares, pathOf(message), searchOf(message))
    if (found) found(message, response, next)
    else next()
  }
}

/** The same for node:http. */
export function listener(context: Context, routes: Routes): Listener {
  const { settings } = context
  const route = router(context, routes)
  return (message, response, next) => {
    const end = (error?: unknown) =>
      guarded(context, response, () => {
        if (!(error instanceof OAuth2Error)) {
          send(response, textResponse(404, 'Not Found'))
          return
        }
        context.report(error)
        send(response, errorResponse(error, settings.profile))
      })
    route(message, response, next ?? end)
  }
}
