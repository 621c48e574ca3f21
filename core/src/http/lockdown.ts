import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Middleware, Next } from './express'

// What this needs to know of Express 4 and 5. A router is a function with a stack of layers; a
// layer either leads to a route, whose own stack has one layer a handler, or to a middleware, which
// may be a router or a mounted application.

type Handler = Middleware & { stack?: unknown; name: string }

interface Layer {
  route?: Route
  handle: Handler
  /** Of a handler: the verb it is for; left out = all. */
  method?: string
  match?(path: string): unknown
}

interface Route {
  stack: Layer[]
  methods: Record<string, boolean>
  _handles_method?(method: string): boolean
  _handlesMethod?(method: string): boolean
}

interface Router {
  stack: Layer[]
  route: (this: Router, path: unknown) => Route
  use: (this: Router, ...handlers: unknown[]) => unknown
}

interface App {
  lazyrouter?: (this: unknown) => void
  _router?: Router
  router?: Router
}

/**
 * What the uncalled methods of an OAuth server stand for in a locked app, and what guards the rest.
 */
export interface Keys {
  bypass: unknown
  grant: unknown
  makeGrant(): Middleware
  authorise: Middleware
}

/**
 * Guards every route of an app or router, those that are added later and those of nested routers
 * too: a request gets to a handler with a valid token only, unless `bypass` or `grant` stands among
 * the handlers for its verb. `locked` remembers what is guarded already.
 */
export function lockdown(app: unknown, keys: Keys, locked: WeakSet<object>): void {
  lockRouter(routerOf(app), keys, locked)
}

function routerOf(app: unknown): Router {
  if (isRouter(app)) return app
  const { lazyrouter } = (app ?? {}) as App
  lazyrouter?.call(app)
  // Express 4 has it as _router, made when it is needed, and throws at the name that Express 5 has
  // it under.
  const router = lazyrouter ? (app as App)._router : (app as App | undefined)?.router
  if (isRouter(router)) return router
  throw new TypeError(
    '"app" must be an app or a router of Express 4 or 5: this one cannot be locked down',
  )
}

function lockRouter(router: Router, keys: Keys, locked: WeakSet<object>): void {
  if (locked.has(router)) return
  locked.add(router)
  const lockLayers = () => {
    for (const layer of router.stack) lockLayer(layer, router, keys, locked)
  }
  lockLayers()
  // What is added later is locked as it comes in.
  const { route, use } = router
  router.route = (path) => {
    const added = route.call(router, path)
    lockLayers()
    return added
  }
  router.use = (...handlers) => {
    const result = use.apply(router, handlers)
    lockLayers()
    return result
  }
}

function lockLayer(layer: Layer, router: Router, keys: Keys, locked: WeakSet<object>): void {
  if (locked.has(layer)) return
  locked.add(layer)
  const { route, handle } = layer
  if (route) {
    answerOptions(route)
    layer.handle = guardRoute(route, handle, router, keys)
  } else if (isRouter(handle)) {
    lockRouter(handle, keys, locked)
  } else if (isApp(handle)) {
    // An app in an app is hidden behind a function, and has settings of its own by which it routes:
    // it needs a token as a whole.
    layer.handle = (request, response, next) => {
      keys.authorise(request, response, (error) =>
        error ? next(error) : handle(request, response, next),
      )
    }
  }
}

/** Lets OPTIONS come to the route itself: Express answers it without asking any handler. */
function answerOptions(route: Route): void {
  const name = route._handlesMethod ? '_handlesMethod' : '_handles_method'
  const handles = route[name]
  if (!handles)
    throw new TypeError(
      '"app" must be an app or a router of Express 4 or 5: its routes are unknown',
    )
  route[name] = (method) => method === 'OPTIONS' || handles.call(route, method)
}

function guardRoute(route: Route, dispatch: Handler, router: Router, keys: Keys): Handler {
  const grants = new WeakSet<Layer>()

  function isOpen(layer: Layer): boolean {
    if (layer.handle === keys.grant) {
      layer.handle = keys.makeGrant()
      grants.add(layer)
    }
    return layer.handle === keys.bypass || grants.has(layer)
  }

  return function lockedRoute(
    request: IncomingMessage,
    response: ServerResponse,
    next: Next,
  ): void {
    const handlers = handlersFor(route, request.method)
    const automatic = handlers.length === 0 && request.method === 'OPTIONS'
    // Another route answers it, and is guarded itself.
    if (automatic && routesFor(request, router).some(answersOptionsItself)) return next()
    // Express asks every route about HEAD, even one that has nothing to say.
    if (handlers.length === 0 && !automatic) return dispatch(request, response, next)
    const proceed = automatic
      ? () => answerAllow(request, response, router)
      : () => dispatch(request, response, next)
    if ((automatic ? route.stack : handlers).some(isOpen)) return proceed()
    return keys.authorise(request, response, (error) => (error ? next(error) : proceed()))
  }
}

/** The handlers of a route that a request with this method comes to. */
function handlersFor({ stack, methods }: Route, method = ''): Layer[] {
  const verb = method === 'HEAD' && !methods['head'] ? 'get' : method.toLowerCase()
  return stack.filter((layer) => !layer.method || layer.method === verb)
}

/**
 * What Express answers to OPTIONS where no handler does: the methods of every route of the router
 * for this path.
 */
function answerAllow(request: IncomingMessage, response: ServerResponse, router: Router): void {
  const methods = routesFor(request, router).flatMap((route) => Object.keys(route.methods))
  if (methods.includes('get')) methods.push('head')
  response.setHeader(
    'Allow',
    [...new Set(methods)].map((method) => method.toUpperCase()).join(', '),
  )
  response.end()
}

function routesFor({ url = '' }: IncomingMessage, { stack }: Router): Route[] {
  const path = url.split('?', 1)[0]!
  return stack.flatMap((layer) => (layer.route && layer.match?.(path) ? [layer.route] : []))
}

function answersOptionsItself(route: Route): boolean {
  return handlersFor(route, 'OPTIONS').length > 0
}

/** An application that is mounted: in another one Express wraps it, in a router it does not. */
function isApp(handle: Handler): boolean {
  const { set, handle: dispatch } = handle as Partial<Record<'set' | 'handle', unknown>>
  return (
    handle.name === 'mounted_app' || (typeof set === 'function' && typeof dispatch === 'function')
  )
}

function isRouter(value: unknown): value is Router & Handler {
  const { stack, route, use } = (value ?? {}) as Partial<Router>
  return Array.isArray(stack) && typeof route === 'function' && typeof use === 'function'
}
