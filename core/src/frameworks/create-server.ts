// Saves the time that Express needs to change the prototype of each request and response.
// Measured by "npm run bench -- create-server", "createServer(app)":
// Node 20: 77 → 24 µs of CPU a request, Node 22: 71 → 23. On Node 24 Express is as quick by itself,
// and this would make it slower. Remove with the support of Node 22.

import { optionError } from '../errors/option-error'
import {
  IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  ServerResponse,
  createServer as createHttpServer,
} from 'node:http'

/** An Express 4 or 5 app. */
export type ExpressApp = RequestListener & { request: object; response: object }

/**
 * Returns an HTTP server for an Express app. Use `createServer(app).listen(port)` instead of
 * `app.listen(port)`. Express changes the prototype of each request and response, which takes most
 * of the time of a small route up to Node 22. There, this server creates them with the right
 * prototype. Since Node 24, it is `http.createServer(app)`. Accepts the options of
 * `http.createServer`. Throws an OptionError if `app` is not an Express app.
 */
export function createServer(app: ExpressApp, options: ServerOptions = {}): Server {
  if (!isExpressApp(app)) {
    throw optionError('app', 'must be an Express app: pass the result of express()')
  }
  if (!isSlowWithNewPrototypes) return createHttpServer(options, app)
  return createHttpServer(
    {
      IncomingMessage: withPrototype(IncomingMessage, app.request),
      ServerResponse: withPrototype(ServerResponse, app.response),
      ...options,
    },
    app,
  )
}

/** The function express() itself has the prototypes too, but no `handle`. */
function isExpressApp(app: unknown): app is ExpressApp {
  if (typeof app !== 'function') return false
  const { request, response, handle } = app as Partial<ExpressApp> & { handle?: unknown }
  return Boolean(request && response) && typeof handle === 'function'
}

/**
 * Whether V8 is slow with objects whose prototype was changed. Since Node 24 they share hidden
 * classes as other objects do.
 */
export const isSlowWithNewPrototypes = Number.parseInt(process.versions.v8 ?? '', 10) < 13

const prototypes = new WeakSet<object>()

/** Returns whether `createServer()` creates requests or responses with this prototype. */
export function isMadeOf(prototype: object): boolean {
  return prototypes.has(prototype)
}

function withPrototype<C extends typeof IncomingMessage | typeof ServerResponse>(
  base: C,
  prototype: object,
): C {
  // Node's base classes are constructor functions, so they can be called without `new`.
  // Reflect.construct() with another prototype would be slower than changing the prototype.
  const initialise = base as unknown as (this: object, first: unknown, second: unknown) => void
  function Message(this: object, first: unknown, second: unknown): void {
    initialise.call(this, first, second)
  }
  Message.prototype = prototype
  prototypes.add(prototype)
  return Message as unknown as C
}
