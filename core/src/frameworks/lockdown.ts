import { optionError } from '../errors/option-error'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:url'
import type { Middleware, Next } from './express'
import { isOpen as isWritable } from './node'

// What this needs to know of Express 4 and 5. A router is a function with a stack of layers; a
// layer either leads to a route, whose own stack has one layer a handler, or to a middleware, which
// may be a router or a mounted application.

type Handler = Middleware & { stack?: unknown; name: string }

interface Layer {
  route?: Route
  handle: Handler
  /** Of a handler: the verb it is for; left out = all. */
  method?: string
  /** Some versions say here what matched, and others leave it on the layer. */
  match(path: string): boolean | { path: string; keys?: unknown[] }
  path?: string
  keys?: unknown[]
  /** Whether it is for every path: Express 5 says so here, Express 4 there. */
  slash?: boolean
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
  /** The handlers of `param()`, by the names of the parameters. */
  params?: Record<string, unknown[] | undefined>
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
    // A guard that is put before a layer moves those behind it.
    for (const layer of router.stack.slice()) {
      if (locked.has(layer)) continue
      locked.add(layer)
      const guard = guardOf(layer, router, keys, locked)
      if (guard) insertBefore(layer, guard)
    }
  }

  /** Express calls the handlers of `param()` before it comes to a layer: the guard is one before. */
  function insertBefore(layer: Layer, guard: Handler): void {
    use.call(router, guard)
    const inserted = router.stack.pop()!
    locked.add(inserted)
    const matchAll = inserted.match.bind(inserted)
    inserted.match = (path) => matchOf(layer, path) !== undefined && matchAll(path)
    router.stack.splice(router.stack.indexOf(layer), 0, inserted)
  }

  lockLayers()
  // What is added later is locked as it comes in.
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
 * What must let a request pass before Express comes to that layer: a handler of `param()` too runs for
 * a request with a token only, or for one that comes to an open route.
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
    // The second time, where something has moved the layers, and for the answer to OPTIONS.
    layer.handle = guard.around(handle)
    return guard.before
  }
  if (isRouter(handle)) lockRouter(handle, keys, locked)
  if (!isApp(handle)) {
    if (isAtRoot(layer)) return undefined
    return function guardParameters(request, response, next) {
      if (mayMeetParameters(layer, router, request, keys)) next()
      else keys.authorise(request, response, next)
    }
  }
  // An app in an app is hidden behind a function, and has settings of its own by which it routes:
  // it needs a token as a whole.
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

/** Remembers the requests that were let in. */
function admission() {
  const admitted = new WeakSet<object>()
  return {
    admit: (request: object) => admitted.add(request),
    isAdmitted: (request: object) => admitted.has(request),
  }
}

/** Lets OPTIONS come to the route itself: Express answers it without asking any handler. */
function answerOptions(route: Route): void {
  const name = route._handlesMethod ? '_handlesMethod' : '_handles_method'
  const handles = route[name]
  if (!handles)
    throw optionError('app', 'must be an app or a router of Express 4 or 5: its routes are unknown')
  route[name] = (method) => method === 'OPTIONS' || handles.call(route, method)
}

function guardRoute(route: Route, layer: Layer, router: Router, keys: Keys) {
  const { admit, isAdmitted } = admission()

  /** Whether the request needs no token, has shown one, or is none of this route's business. */
  function mayPass(request: IncomingMessage): boolean {
    if (isAdmitted(request)) return true
    const handlers = handlersFor(route, request.method)
    if (handlers.length > 0) return handlers.some((layer) => isOpen(layer, keys))
    // Express comes to every route for HEAD, even to one without a handler for it, and calls the
    // handlers of `param()` before it finds that out.
    if (request.method !== 'OPTIONS') return mayMeetParameters(layer, router, request, keys)
    return answeredElsewhere(request) || route.stack.some((layer) => isOpen(layer, keys))
  }

  /** Another route answers it, and is guarded itself. */
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

/** Whether `bypass` or `grant` stands there, uncalled; a grant is made where it stands. */
function isOpen(layer: Layer, keys: Keys): boolean {
  if (layer.handle === keys.grant) {
    layer.handle = keys.makeGrant()
    grantsMade.add(layer)
  }
  return layer.handle === keys.bypass || grantsMade.has(layer)
}

/**
 * Whether a request may come to a layer without a token as far as the handlers of `param()` go:
 * none runs for it, or it comes to an open route in the end.
 */
function mayMeetParameters(
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

/** Whether Express tries a layer for that method: of routes, those without a handler for HEAD too. */
function isTried({ route }: Layer, method: string | undefined): boolean {
  return !route || method === 'HEAD' || handlersFor(route, method).length > 0
}

/** Whether Express would call a handler of `param()` before it comes to that layer. */
function hasParamHandler({ params }: Router, layer: Layer, path: string): boolean {
  const names = matchOf(layer, path)?.keys ?? []
  return names.some((key) => {
    // Express 5 has the name, Express 4 an object with it.
    const name = (key as { name?: string } | null)?.name ?? (key as string)
    return params?.[name] !== undefined
  })
}

/**
 * What the route needs that a request comes to first in a router, and in those in it, from some layer
 * on; `undefined` where it comes to none.
 */
function accessOf(
  router: Router,
  path: string,
  method: string | undefined,
  keys: Keys,
  from?: Layer,
  seen: readonly Router[] = [],
): 'open' | 'locked' | undefined {
  // A router that is mounted in itself comes to an end no other way.
  if (seen.includes(router)) return undefined
  const { stack } = router
  for (const layer of from ? stack.slice(stack.indexOf(from)) : stack) {
    if (matchOf(layer, path) === undefined) continue
    const { route, handle } = layer
    const handlers = route ? handlersFor(route, method) : []
    const asked = handlers.length === 0 && method === 'OPTIONS' && route ? route.stack : handlers
    if (asked.length > 0) return asked.some((one) => isOpen(one, keys)) ? 'open' : 'locked'
    if (!route && isApp(handle)) return 'locked'
    if (route || !isRouter(handle)) continue
    const rest = innerPath(layer, path)
    const inner = accessOf(handle, rest, method, keys, undefined, [...seen, router])
    if (inner) return inner
  }
  return undefined
}

/** Whether a layer is for every path, and so has no parameters. */
function isAtRoot({ slash, regexp }: Layer): boolean {
  return Boolean(slash ?? regexp?.fast_slash)
}

/** What is left of a path behind where a layer is mounted. */
function innerPath(layer: Layer, path: string): string {
  const rest = path.slice(matchOf(layer, path)?.path.length ?? 0)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** What of a path matches a layer; `undefined` = nothing. */
function matchOf(layer: Layer, path: string): { path: string; keys: unknown[] } | undefined {
  let match: ReturnType<Layer['match']>
  try {
    match = layer.match(path)
  } catch {
    // Express asks it again, and answers with the error.
    return undefined
  }
  if (!match) return undefined
  const { path: matched, keys } = typeof match === 'object' ? match : layer
  return { path: matched ?? '', keys: keys ?? [] }
}

/** The handlers of a route that a request with this method comes to. */
function handlersFor({ stack, methods }: Route, method = ''): Layer[] {
  const asked = method.toLowerCase()
  const verb = asked === 'head' && !methods['head'] ? 'get' : asked
  return stack.filter((layer) => !layer.method || layer.method === verb)
}

/**
 * What Express answers to OPTIONS where no handler does: the methods of every route of the router
 * for this path.
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
 * The path that Express routes by; `undefined` = none. A request target may be a whole URL, or have a
 * fragment, though no client should send one (RFC 9112 3.2): then Express asks the parser that Node
 * had before `URL`, and so does this.
 */
function pathnameOf({ url = '' }: IncomingMessage): string | undefined {
  if (/^\/[^\t\n\f\r #\u00a0\ufeff]*$/.test(url)) return url.split('?', 1)[0]
  return parse(url).pathname ?? undefined
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
