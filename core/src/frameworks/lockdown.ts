import { optionError } from '../errors/option-error'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:url'
import type { Middleware, Next } from './express'
import { isOpen as isWritable } from './node'

// These types describe the internals of Express 4 and 5. A router is a function with a stack of
// layers. A layer has either a route, whose own stack has one layer per handler, or a middleware,
// which may be a router or a mounted application.

type Handler = Middleware & { stack?: unknown; name: string }

interface Layer {
  route?: Route
  handle: Handler
  /** The HTTP method of a handler. Undefined means all methods. */
  method?: string
  /** Some versions return the match. Others set `path` and `keys` on the layer. */
  match(path: string): boolean | { path: string; keys?: unknown[] }
  path?: string
  keys?: unknown[]
  /** In Express 5, whether the layer matches every path. */
  slash?: boolean
  /** In Express 4, `fast_slash` is whether the layer matches every path. */
  regexp?: { fast_slash?: boolean }
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
  /** Maps the name of a parameter to its `param()` handlers. */
  params?: Record<string, unknown[] | undefined>
}

interface App {
  lazyrouter?: (this: unknown) => void
  _router?: Router
  router?: Router
}

/**
 * The methods of an OAuth server that a locked app uses. `bypass` and `grant` are recognized when
 * they are passed as handlers without being called. `authorise` guards all other routes.
 */
export interface Keys {
  bypass: unknown
  grant: unknown
  makeGrant(): Middleware
  authorise: Middleware
}

/**
 * Guards every route of an app or router, including routes added later and routes of nested
 * routers. A request reaches a handler only with a valid token, unless `bypass` or `grant` is among
 * the handlers for its method. `locked` holds the routers and layers that are already guarded.
 * Throws an OptionError if `app` is not an app or router of Express 4 or 5.
 */
export function lockdown(app: unknown, keys: Keys, locked: WeakSet<object>): void {
  lockRouter(routerOf(app), keys, locked)
}

function routerOf(app: unknown): Router {
  if (isRouter(app)) return app
  const { lazyrouter } = (app ?? {}) as App
  lazyrouter?.call(app)
  // Express 4 creates the router on demand as `_router`, and throws if `router`, the name in
  // Express 5, is read.
  const router = lazyrouter ? (app as App)._router : (app as App | undefined)?.router
  if (isRouter(router)) return router
  throw optionError(
    'app',
    'must be an app or a router of Express 4 or 5: this one cannot be locked down',
  )
}

function lockRouter(router: Router, keys: Keys, locked: WeakSet<object>): void {
  if (locked.has(router)) return
  locked.add(router)
  const { route, use } = router
  const lockLayers = () => {
    // insertBefore() changes the stack, so the loop runs over a copy.
    for (const layer of router.stack.slice()) {
      if (locked.has(layer)) continue
      locked.add(layer)
      const guard = guardOf(layer, router, keys, locked)
      if (guard) insertBefore(layer, guard)
    }
  }

  /**
   * Inserts a guard as a layer of its own, because Express calls the `param()` handlers of a layer
   * before the layer itself.
   */
  function insertBefore(layer: Layer, guard: Handler): void {
    use.call(router, guard)
    const inserted = router.stack.pop()!
    locked.add(inserted)
    const matchAll = inserted.match.bind(inserted)
    inserted.match = (path) => matchOf(layer, path) !== undefined && matchAll(path)
    router.stack.splice(router.stack.indexOf(layer), 0, inserted)
  }

  lockLayers()
  // Routes and middleware that are added later are locked at once.
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

/**
 * Returns the guard that must run before the layer, or `undefined` if it needs none. The guard also
 * protects `param()` handlers. They run only for requests with a token or requests that reach an
 * open route.
 */
function guardOf(
  layer: Layer,
  router: Router,
  keys: Keys,
  locked: WeakSet<object>,
): Handler | undefined {
  const { route, handle } = layer
  if (route) {
    answerOptions(route)
    const guard = guardRoute(route, layer, router, keys)
    // The layer is guarded itself too, in case other code moves the layers, and to answer OPTIONS.
    layer.handle = guard.around(handle)
    return guard.before
  }
  if (isRouter(handle)) lockRouter(handle, keys, locked)
  if (!isApp(handle)) {
    if (isAtRoot(layer)) return undefined
    return function guardParameters(request, response, next) {
      if (mayRunParamHandlers(layer, router, request, keys)) next()
      else keys.authorise(request, response, next)
    }
  }
  // A mounted app is hidden behind a function and routes by its own settings, so its routes cannot
  // be inspected. The whole app needs a token.
  const { admit, isAdmitted } = admission()
  const guard: Handler = (request, response, next) => {
    if (isAdmitted(request)) return next()
    return keys.authorise(request, response, (error) => {
      if (!error) admit(request)
      next(error)
    })
  }
  layer.handle = (request, response, next) => {
    guard(request, response, (error) => (error ? next(error) : handle(request, response, next)))
  }
  return guard
}

/** Returns functions that mark and recognize admitted requests. */
function admission() {
  const admitted = new WeakSet<object>()
  return {
    admit: (request: object) => admitted.add(request),
    isAdmitted: (request: object) => admitted.has(request),
  }
}

/** Routes OPTIONS to the route itself. Otherwise Express answers it without calling any handler. */
function answerOptions(route: Route): void {
  const name = route._handlesMethod ? '_handlesMethod' : '_handles_method'
  const handles = route[name]
  if (!handles)
    throw optionError('app', 'must be an app or a router of Express 4 or 5: its routes are unknown')
  route[name] = (method) => method === 'OPTIONS' || handles.call(route, method)
}

function guardRoute(route: Route, layer: Layer, router: Router, keys: Keys) {
  const { admit, isAdmitted } = admission()

  /** Returns whether the request is admitted, needs no token, or is not handled by this route. */
  function mayPass(request: IncomingMessage): boolean {
    if (isAdmitted(request)) return true
    const handlers = handlersFor(route, request.method)
    if (handlers.length > 0) return handlers.some((layer) => isOpen(layer, keys))
    // For HEAD, Express tries every matching route, even without a handler for it. It calls the
    // `param()` handlers before it checks.
    if (request.method !== 'OPTIONS') return mayRunParamHandlers(layer, router, request, keys)
    return answeredElsewhere(request) || route.stack.some((layer) => isOpen(layer, keys))
  }

  /** Returns whether another route, with its own guard, answers the OPTIONS request. */
  function answeredElsewhere(request: IncomingMessage): boolean {
    return routesFor(request, router).some(answersOptionsItself)
  }

  function before(request: IncomingMessage, response: ServerResponse, next: Next): void {
    if (mayPass(request)) return next()
    return keys.authorise(request, response, (error) => {
      if (!error) admit(request)
      next(error)
    })
  }

  const around = (dispatch: Handler): Handler =>
    function lockedRoute(request, response, next) {
      before(request, response, (error) => {
        if (error) return next(error)
        const automatic =
          request.method === 'OPTIONS' && handlersFor(route, request.method).length === 0
        if (!automatic) return dispatch(request, response, next)
        return answeredElsewhere(request) ? next() : answerAllow(request, response, router)
      })
    }

  return { before, around }
}

const grantsMade = new WeakSet<Layer>()

/**
 * Returns whether the handler is `bypass` or `grant`, passed without being called. Replaces `grant`
 * with the actual middleware.
 */
function isOpen(layer: Layer, keys: Keys): boolean {
  if (layer.handle === keys.grant) {
    layer.handle = keys.makeGrant()
    grantsMade.add(layer)
  }
  return layer.handle === keys.bypass || grantsMade.has(layer)
}

/**
 * Returns whether a request may reach a layer without a token, although `param()` handlers run
 * first: either none runs for this request, or the request ends at an open route.
 */
function mayRunParamHandlers(
  layer: Layer,
  router: Router,
  request: IncomingMessage,
  keys: Keys,
): boolean {
  const path = pathnameOf(request)
  if (!isTried(layer, request.method)) return true
  if (path === undefined) return false
  if (!hasParamHandler(router, layer, path)) return true
  return accessOf(router, path, request.method, keys, layer) === 'open'
}

/**
 * Returns whether Express tries a layer for this method. For HEAD, it also tries routes without a
 * handler for it.
 */
function isTried({ route }: Layer, method: string | undefined): boolean {
  return !route || method === 'HEAD' || handlersFor(route, method).length > 0
}

/** Returns whether Express would call a `param()` handler before this layer. */
function hasParamHandler({ params }: Router, layer: Layer, path: string): boolean {
  const names = matchOf(layer, path)?.keys ?? []
  return names.some((key) => {
    // Express 5 has the name itself, Express 4 an object with a name.
    const name = (key as { name?: string } | null)?.name ?? (key as string)
    return params?.[name] !== undefined
  })
}

/**
 * Returns whether the first route that a request reaches is open or locked, or `undefined` if it
 * reaches none. The search covers the router and its nested routers, and starts at `from`.
 */
function accessOf(
  router: Router,
  path: string,
  method: string | undefined,
  keys: Keys,
  from?: Layer,
  seen: readonly Router[] = [],
): 'open' | 'locked' | undefined {
  // A router can be mounted in itself, which would cause endless recursion.
  if (seen.includes(router)) return undefined
  const { stack } = router
  for (const layer of from ? stack.slice(stack.indexOf(from)) : stack) {
    if (matchOf(layer, path) === undefined) continue
    const { route, handle } = layer
    const handlers = route ? handlersFor(route, method) : []
    const relevant = handlers.length === 0 && method === 'OPTIONS' && route ? route.stack : handlers
    if (relevant.length > 0) return relevant.some((one) => isOpen(one, keys)) ? 'open' : 'locked'
    if (!route && isApp(handle)) return 'locked'
    if (route || !isRouter(handle)) continue
    const rest = innerPath(layer, path)
    const inner = accessOf(handle, rest, method, keys, undefined, [...seen, router])
    if (inner) return inner
  }
  return undefined
}

/** Returns whether a layer matches every path, so that it has no parameters. */
function isAtRoot({ slash, regexp }: Layer): boolean {
  return Boolean(slash ?? regexp?.fast_slash)
}

/** Returns the rest of a path after the mount path of a layer. */
function innerPath(layer: Layer, path: string): string {
  const rest = path.slice(matchOf(layer, path)?.path.length ?? 0)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Returns the part of a path that matches a layer, or `undefined` if nothing matches. */
function matchOf(layer: Layer, path: string): { path: string; keys: unknown[] } | undefined {
  let match: ReturnType<Layer['match']>
  try {
    match = layer.match(path)
  } catch {
    // Express calls match() again and sends the error as its response.
    return undefined
  }
  if (!match) return undefined
  const { path: matched, keys } = typeof match === 'object' ? match : layer
  return { path: matched ?? '', keys: keys ?? [] }
}

/** Returns the handlers of a route for this method. GET handlers also serve HEAD. */
function handlersFor({ stack, methods }: Route, method = ''): Layer[] {
  const name = method.toLowerCase()
  const verb = name === 'head' && !methods['head'] ? 'get' : name
  return stack.filter((layer) => !layer.method || layer.method === verb)
}

/**
 * Answers OPTIONS as Express does if no handler answers it, with the methods of every route of the
 * router for this path.
 */
function answerAllow(request: IncomingMessage, response: ServerResponse, router: Router): void {
  if (!isWritable(response)) return
  const methods = routesFor(request, router).flatMap((route) => Object.keys(route.methods))
  if (methods.includes('get')) methods.push('head')
  response.setHeader(
    'Allow',
    [...new Set(methods)].map((method) => method.toUpperCase()).join(', '),
  )
  response.end()
}

function routesFor(request: IncomingMessage, { stack }: Router): Route[] {
  const path = pathnameOf(request)
  if (path === undefined) return []
  return stack.flatMap((layer) => (layer.route && matchOf(layer, path) ? [layer.route] : []))
}

/**
 * Returns the path that Express routes by, or `undefined` if none exists. A request target may be a
 * full URL or have a fragment, although clients should not send a fragment (RFC 9112 3.2). For such
 * targets Express uses `url.parse()`, so this function does too.
 */
function pathnameOf({ url = '' }: IncomingMessage): string | undefined {
  if (/^\/[^\t\n\f\r #\u00a0\ufeff]*$/.test(url)) return url.split('?', 1)[0]
  return parse(url).pathname ?? undefined
}

function answersOptionsItself(route: Route): boolean {
  return handlersFor(route, 'OPTIONS').length > 0
}

/**
 * Returns whether the handler is a mounted app. Express wraps it if it is mounted in another app,
 * but not if it is mounted in a router.
 */
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
