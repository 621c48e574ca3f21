// Saves the time that Express needs to change the prototype of each request and response.
// Measured by "npm run bench -- create-server", "createServer(app)":
// Node 20 <figures>, Node 22 <figures>, Node 24 <figures>.

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
 * `app.listen(port)`. Express changes the prototype of each request and response, which up to Node
 * 22 takes more time than anything else it does. This server creates them with the right prototype
 * instead. Accepts the options of `http.createServer`. Throws an OptionError if `app` is not an
 * Express app.
 */
export function createServer(app: ExpressApp, options: ServerOptions = {}): Server {
  if (typeof app !== 'function' || !app.request || !app.response) {
    throw optionError('app', 'must be an Express app: pass the result of express()')
  }
  return createHttpServer(
    {
      IncomingMessage: withPrototype(IncomingMessage, app.request),
      ServerResponse: withPrototype(ServerResponse, app.response),
      ...options,
    },
    app,
  )
}

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
