import { optionError } from '../errors/option-error'
import {
  IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  ServerResponse,
  createServer as createHttpServer,
} from 'node:http'

/** An app of Express 4 or 5. */
export type ExpressApp = RequestListener & { request: object; response: object }

/**
 * An HTTP server for an Express app, to be used as `createServer(app).listen(port)` in place of
 * `app.listen(port)`. Express turns each request and response into one of the app by changing its
 * prototype, which up to Node 22 costs more than all else it does; here they are made as the app's
 * from the start. Takes the options of `http.createServer`.
 */
export function createServer(app: ExpressApp, options: ServerOptions = {}): Server {
  if (typeof app !== 'function' || !app.request || !app.response) {
    throw optionError('app', 'must be an Express app, such as express() gives')
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

/** Whether `createServer()` makes its requests or responses with that prototype. */
export function isMadeOf(prototype: object): boolean {
  return prototypes.has(prototype)
}

function withPrototype<C extends typeof IncomingMessage | typeof ServerResponse>(
  base: C,
  prototype: object,
): C {
  // Node's are functions of the old kind, so they can be called. Reflect.construct() with another
  // prototype takes longer than changing the prototype does.
  const initialise = base as unknown as (this: object, first: unknown, second: unknown) => void
  function Message(this: object, first: unknown, second: unknown): void {
    initialise.call(this, first, second)
  }
  Message.prototype = prototype
  prototypes.add(prototype)
  return Message as unknown as C
}
