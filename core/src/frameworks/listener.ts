import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../context'
import { OAuth2Error } from '../errors/errors'
import { errorResponse } from '../endpoints/error-response'
import { type Middleware, type Next, endpoint, guarded } from './express'
import { mountOf, pathOf, searchOf, send } from './node'
import { textResponse } from '../http/response'
import { hostOf } from '../endpoints/misplaced'
import { type Routes, routeAt } from '../endpoints/routes'

/** A listener for node:http. Calls `next` for an unknown path. Without `next`, it sends a 404. */
export type Listener = (request: IncomingMessage, response: ServerResponse, next?: Next) => void

/** Returns a middleware that answers at these paths and calls `next` for every other path. */
export function router(context: Context, routes: Routes): Middleware {
  const middlewares = new Map(
    Array.from(routes.endpoints, ([path, route]) => [path, endpoint(context, route)] as const),
  )
  const { watch } = routes
  return (message, response, next) => {
    const path = pathOf(message)
    watch.mounted(mountOf(message))
    const found = routeAt(middlewares, path, searchOf(message))
    if (found) {
      const { headers } = message
      watch.served(hostOf((name) => headers[name]?.toString()) ?? headers[':authority']?.toString())
      found(message, response, next)
    } else {
      watch.missed(path)
      next()
    }
  }
}

/** Returns a listener for node:http that answers at these paths. */
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
