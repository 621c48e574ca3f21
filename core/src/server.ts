import { isPlainObject } from './values/is-object'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { makeAuthorization } from './endpoints/authorize'
import { makeDevicePage } from './endpoints/device'
import { deviceAuthorizationEndpoint, offersDeviceCodes } from './endpoints/device-authorization'
import {
  type BoundHooks,
  type Check,
  type DeviceHooks,
  type Hooks,
  decideByCheck,
  decideByHooks,
  isDeviceHooks,
  isHooks,
} from './endpoints/decide'
import { introspectionEndpoint } from './endpoints/introspect'
import { jwksEndpoint } from './endpoints/jwks'
import { registrationEndpoint } from './endpoints/register'
import { revocationEndpoint } from './endpoints/revoke'
import type { EndpointName } from './endpoints'
import type { PageEndpoints } from './endpoints/endpoint-definition'
import { pushedAuthorizationRequestEndpoint } from './endpoints/par'
import type { ResourceOptions, RouteOptions } from './endpoints/route-options'
import { type Routes, metadataEndpoint, resourceEndpoint, routesOf } from './endpoints/routes'
import type { Context } from './context'
import { contextOf } from './context-of'
import { checkPlace } from './endpoints/misplaced'
import { tokensOf } from './endpoints/stores-only'
import { tokenEndpoint } from './endpoints/token'
import type { Events } from './events'
import {
  type Authenticated,
  type AuthoriseOptions,
  type Refused,
  authenticateNode,
  authenticateWeb,
  bearerCheck,
} from './frameworks/bearer'
import type { Endpoint } from './endpoints/endpoint'
import {
  type ErrorMiddleware,
  type Middleware,
  type Next,
  endpoint,
  errorMiddleware,
  gate,
} from './frameworks/express'
import { pathOf } from './frameworks/node'
import { pagesOnNode, pagesOnWeb } from './frameworks/pages'
import { type Listener, listener, router } from './frameworks/listener'
import { lockdown } from './frameworks/lockdown'
import { guardMethods, refuse } from './frameworks/uncalled'
import type { OAuthRequest } from './http/request'
import type { OAuthResponse } from './http/response'
import { type WebDeviceHooks, type WebHooks, answerWeb, isWebRequest } from './frameworks/web'
import type { Options } from './options/server-options'
import type { Settings } from './options/settings'
import { OptionError } from './errors/option-error'
import { assertKnown, assertNoOptions } from './options/read-options'
import type { Selector } from './contract/store'
import type { SignedInUser } from './contract/user-id'
import type { ModelRequest } from './contract/model'

/** The options of `router()`, for Express. Authorization codes require the pages. */
export interface RouterOptions<U extends SignedInUser = SignedInUser>
  extends RouteOptions, Partial<Hooks<U>>, Partial<DeviceHooks> {}

/** The options of `listener()`, for plain node:http. Authorization codes require the pages. */
export interface ListenerOptions<U extends SignedInUser = SignedInUser>
  extends
    RouteOptions,
    Partial<Hooks<U, ModelRequest, ServerResponse>>,
    Partial<DeviceHooks<ModelRequest, ServerResponse>> {}

/** The options of `handler()` and `fetch()`, for web-standard servers. */
export interface WebRouterOptions<U extends SignedInUser = SignedInUser>
  extends RouteOptions, Partial<WebHooks<U>>, Partial<WebDeviceHooks> {}

/**
 * An OAuth 2 provider for Express 4 and 5, plain node:http and web-standard servers. It runs on a
 * store or on a model of the 2.4 line. Most of its methods return middlewares.
 */
export class OAuth2Server {
  /** The store or model. */
  readonly model: Settings['model']
  /** The option `issuer`. */
  readonly issuer: string | undefined
  /** The event emitter of the server. Events contain no tokens and no secrets. */
  readonly events: Events
  readonly #context: Context
  readonly #locked = new WeakSet<object>()
  // Saves building the routes on each call of `fetch()`.
  // Measured by "npm run bench -- tricks", "metadata from fetch()":
  // Node 20: 13.6 → 7.6 µs, Node 22: 5.6 → 3.5, Node 24: 5.4 → 3.3.
  readonly #webRoutes = new WeakMap<object, Routes>()

  /** Throws an OptionError if an option is wrong, missing or unknown. */
  constructor(options: Options) {
    const { context, events } = contextOf(options)
    this.model = context.settings.model
    this.issuer = context.settings.issuer
    this.events = events
    this.#context = context
  }

  /**
   * Returns a middleware that accepts only requests with a valid bearer token (RFC 6750) and sets
   * `req.user` and `req.oauth`. Throws an OptionError if an option is unknown, undefined or wrong,
   * such as an empty scope.
   */
  authorise(...options: [] | [options: AuthoriseOptions]): Middleware {
    return gate(this.#context, bearerCheck(this.#context, options, 'authorise()'))
  }

  /**
   * Checks the bearer token of a request without a middleware. Resolves with `{ user, oauth }`, or
   * with `{ response }` if the request is refused. For a web-standard request, `response` is a
   * `Response`. For a request of node:http, it is `{ status, headers, body }`. Rejects with an
   * OptionError in the same cases as `authorise()`.
   */
  authenticate(
    request: Request,
    ...options: [] | [options: AuthoriseOptions]
  ): Promise<Authenticated | Refused<Response>>
  authenticate(
    request: IncomingMessage,
    ...options: [] | [options: AuthoriseOptions]
  ): Promise<Authenticated | Refused<OAuthResponse>>
  async authenticate(
    request: Request | IncomingMessage,
    ...options: [] | [options: AuthoriseOptions]
  ): Promise<Authenticated | Refused<Response | OAuthResponse>> {
    const bearer = bearerCheck(this.#context, options, 'authenticate()')
    return isWebRequest(request)
      ? authenticateWeb(this.#context, bearer, request)
      : authenticateNode(this.#context, bearer, request)
  }

  /**
   * Returns the token endpoint (RFC 6749 3.2). It reads the form itself unless a body parser has
   * done so. In a locked app, the method can be passed without calling it: `app.all('/oauth/token',
   * oauth.grant)`.
   */
  grant(): Middleware
  grant(request: unknown, response: unknown, next: Next): void
  grant(...none: unknown[]): Middleware {
    assertNoOptions(none, 'grant()')
    return this.#placed('token', tokenEndpoint.create(this.#context))
  }

  /**
   * Returns the authorization endpoint (RFC 6749 3.1). `decider` has the hooks for sign-in and
   * consent. It can also be a function `check(req, next)` that calls `next(error, allowed, user)`,
   * as in the 2.4 line.
   */
  authCodeGrant<U extends SignedInUser>(decider: Check | Hooks<U>): Middleware {
    if (typeof decider === 'function') {
      return this.#placed(
        'authorize',
        makeAuthorization(this.#context, (request) =>
          decideByCheck(
            decider,
            request.native.request as ModelRequest,
            this.#context.settings.profile,
          ),
        ),
      )
    }
    if (!isHooks(decider)) {
      throw new OptionError(
        'options',
        'authCodeGrant() needs { authenticate, consent }, or a function check(req, next)',
      )
    }
    assertHooks(decider, ['authenticate', 'consent'], 'authCodeGrant()')
    return this.#placed('authorize', this.#withPages(decider, pagesOnNode))
  }

  /** Returns the revocation endpoint (RFC 7009). Throws an OptionError on a 2.4 model. */
  revoke(...none: never[]): Middleware {
    assertNoOptions(none, 'revoke()')
    return this.#placed('revoke', revocationEndpoint.create(this.#context))
  }

  /**
   * Returns the introspection endpoint (RFC 7662). A confidential client may introspect its own
   * tokens and access tokens for its `resources`, or all access tokens with `introspectsAll`.
   * Throws an OptionError on a 2.4 model.
   */
  introspect(...none: never[]): Middleware {
    assertNoOptions(none, 'introspect()')
    return this.#placed('introspect', introspectionEndpoint.create(this.#context))
  }

  /**
   * Returns the endpoint where clients push authorization requests (RFC 9126), for `/oauth/par`. Throws
   * an OptionError on a 2.4 model, or in the profile 'v2'.
   */
  par(...none: never[]): Middleware {
    assertNoOptions(none, 'par()')
    return this.#placed('par', pushedAuthorizationRequestEndpoint.create(this.#context))
  }

  /**
   * Returns the metadata endpoint of this server (RFC 8414), for
   * `/.well-known/oauth-authorization-server`. The metadata has the URLs that `router()` uses.
   * Throws an OptionError if the option `issuer` is undefined.
   */
  metadata(options: RouteOptions = {}): Middleware {
    return endpoint(this.#context, metadataEndpoint(this.#context, options))
  }

  /**
   * Returns the endpoint with the public keys of the server as a JWK Set (RFC 7517 5), for
   * `/oauth/jwks`. Throws an OptionError if the option `keys` is undefined.
   */
  jwks(...none: never[]): Middleware {
    assertNoOptions(none, 'jwks()')
    return this.#placed('jwks', jwksEndpoint.create(this.#context))
  }

  /**
   * Returns the endpoint where clients register themselves (RFC 7591) and manage their registration
   * (RFC 7592), for `/oauth/register`. Throws an OptionError if the option `registration` is
   * undefined.
   */
  register(...none: never[]): Middleware {
    assertNoOptions(none, 'register()')
    return this.#placed('register', registrationEndpoint.create(this.#context))
  }

  /**
   * Returns the endpoint where devices get their codes (RFC 8628 3.1), for
   * `/oauth/device_authorization`. Throws an OptionError unless the option `grants` has
   * `urn:ietf:params:oauth:grant-type:device_code`.
   */
  deviceAuthorization(...none: never[]): Middleware {
    assertNoOptions(none, 'deviceAuthorization()')
    return this.#placed('device_authorization', deviceAuthorizationEndpoint.create(this.#context))
  }

  /**
   * Returns the page where a user enters the code of a device (RFC 8628 3.3), for `/oauth/device`.
   * `hooks` are those of the authorization endpoint and `device`, which shows the form and the result.
   * Throws an OptionError in the same case as `deviceAuthorization()`, or if a hook is missing.
   */
  device<U extends SignedInUser>(hooks: Hooks<U> & DeviceHooks): Middleware {
    if (!isDeviceHooks(hooks))
      throw new OptionError('options', 'device() needs { authenticate, consent, device }')
    assertHooks(hooks, ['authenticate', 'consent', 'device'], 'device()')
    return this.#placed('device', this.#withDevicePages(hooks, pagesOnNode))
  }

  /**
   * Returns the metadata endpoint of a protected resource (RFC 9728), for
   * `/.well-known/oauth-protected-resource` on the host of the resource. Throws an OptionError if
   * the resource is not in the option `resources`.
   */
  resourceMetadata(options: ResourceOptions = {}): Middleware {
    return endpoint(this.#context, resourceEndpoint(this.#context, options))
  }

  /**
   * Returns a middleware for `app.use()` with all endpoints and their metadata. The path of an
   * endpoint is the path of the issuer, followed by `prefix` and `/authorize`, `/par`, `/token`,
   * `/revoke`, `/introspect`, `/jwks`, `/register`, `/device_authorization` or `/device`. The metadata is
   * served at its well-known paths. Throws an OptionError
   * if the option `issuer` or the pages that the grant types need are missing.
   */
  router<U extends SignedInUser>(options: RouterOptions<U> = {}): Middleware {
    return router(this.#context, this.#nodeRoutes(options, 'router()'))
  }

  /**
   * Returns the same as `router()` for plain node:http:
   * `http.createServer(oauth.listener({ ... }))`.
   */
  listener<U extends SignedInUser>(options: ListenerOptions<U> = {}): Listener {
    return listener(this.#context, this.#nodeRoutes(options, 'listener()'))
  }

  /**
   * Returns the same as `router()` for web-standard servers: a function that takes a `Request` and
   * resolves with a `Response`, which is a 404 for an unknown path. The pages are `Response`s.
   * Throws in the same cases as `router()`.
   */
  handler<U extends SignedInUser>(
    options: WebRouterOptions<U> = {},
  ): (request: Request) => Promise<Response> {
    const routes = this.#webRoutesOf(options, 'handler()')
    return (request) => answerWeb(this.#context, routes, request)
  }

  /**
   * Answers one web-standard request as `handler(options)` does. Pass the same `options` object
   * each time, because the routes are cached for that object and built again for any other.
   */
  async fetch<U extends SignedInUser>(
    request: Request,
    options: WebRouterOptions<U> = {},
  ): Promise<Response> {
    let routes = this.#webRoutes.get(options)
    if (!routes) this.#webRoutes.set(options, (routes = this.#webRoutesOf(options, 'fetch()')))
    return answerWeb(this.#context, routes, request)
  }

  /**
   * Revokes one grant, or all grants of a user, of a client, or of a user at a client, for example
   * to sign out everywhere or to revoke an application. Resolves with the number of revoked grants.
   * From then on, none of their codes and tokens is valid. Rejects with an OptionError if the
   * selector is wrong, or on a 2.4 model.
   */
  async revokeGrants(selector: Selector): Promise<number> {
    return tokensOf(this.#context, 'revokeGrants()').revokeGrants(selector)
  }

  /**
   * Returns an error middleware that sends OAuth 2 errors as responses and passes on all other
   * errors.
   */
  errorHandler(...none: never[]): ErrorMiddleware {
    assertNoOptions(none, 'errorHandler()')
    return errorMiddleware(this.#context)
  }

  /**
   * Locks an app or router, so that every route needs a valid token. This includes routes that are
   * added later and routes of nested routers. A route is open if `oauth.bypass` or `oauth.grant` is
   * among its handlers, passed without calling it. Middleware of `app.use` is not locked, except
   * for a mounted app, which needs a token for all of its paths. Throws an OptionError if the app
   * cannot be locked.
   */
  lockdown(app: unknown): void {
    // oxlint-disable-next-line typescript/unbound-method -- the methods are only compared
    const { grant, bypass } = this
    const keys = { grant, bypass, makeGrant: () => this.grant(), authorise: this.authorise() }
    lockdown(app, keys, this.#locked)
  }

  /**
   * Opens a route of a locked app. Pass it as a handler of the route, without calling it:
   * `app.get('/', oauth.bypass, handler)`.
   */
  bypass(request: unknown, response: unknown, next: Next): void {
    if (typeof next === 'function') return next()
    const error = new OptionError(
      'bypass',
      "oauth.bypass is a middleware: pass it without calling it, app.get('/', oauth.bypass, handler)",
    )
    refuse(error, [request, response])
  }

  /** Returns the middleware of an endpoint, which warns if it is not where the metadata says. */
  #placed(name: EndpointName, route: Endpoint): Middleware {
    const answer = endpoint(this.#context, route)
    return (message, response, next) => {
      const header = (one: string) => message.headers[one]?.toString()
      checkPlace(this.#context.settings, name, pathOf(message), header)
      answer(message, response, next)
    }
  }

  #nodeRoutes<U extends SignedInUser>(
    options: RouterOptions<U> | ListenerOptions<U>,
    of: string,
  ): Routes {
    return routesOf(this.#context, options, this.#pagesOf(options as Hooks<U>, pagesOnNode), of)
  }

  #webRoutesOf<U extends SignedInUser>(options: WebRouterOptions<U>, of: string): Routes {
    return routesOf(this.#context, options, this.#pagesOf(options as WebHooks<U>, pagesOnWeb), of)
  }

  /** Returns the endpoints whose hooks are among the options. */
  #pagesOf<H, U extends SignedInUser>(hooks: H, bind: Bind<H, U>): PageEndpoints {
    const hasDevices = isDeviceHooks(hooks) && offersDeviceCodes(this.#context)
    return {
      authorization: isHooks(hooks) ? this.#withPages(hooks, bind) : undefined,
      device: hasDevices ? this.#withDevicePages(hooks, bind) : undefined,
    }
  }

  #withPages<H, U extends SignedInUser>(hooks: H, bind: Bind<H, U>): Endpoint {
    return makeAuthorization(this.#context, (request) =>
      decideByHooks(this.#context.storage, bind(hooks, request)),
    )
  }

  #withDevicePages<H, U extends SignedInUser>(hooks: H, bind: Bind<H, U>): Endpoint {
    return makeDevicePage(this.#context, (request) => {
      const bound = bind(hooks, request)
      return {
        ...decideByHooks(this.#context.storage, bound),
        show: (page) => bound.device?.(page),
      }
    })
  }
}

/** Throws an OptionError if a plain object has other hooks. An instance of a class may have some. */
function assertHooks(hooks: object, known: readonly string[], of: string): void {
  if (!isPlainObject(hooks)) return
  for (const name of Object.keys(hooks)) assertKnown(name, known, of)
}

/** Binds the hooks to a request of a framework. */
type Bind<H, U extends SignedInUser> = (hooks: H, request: OAuthRequest) => BoundHooks<U>

// The right call of every method, except `bypass`, which is a middleware itself.
guardMethods(OAuth2Server, {
  authorise: 'app.use(oauth.authorise())',
  authenticate: 'await oauth.authenticate(request)',
  grant: "app.post('/oauth/token', oauth.grant())",
  authCodeGrant: "app.all('/oauth/authorize', oauth.authCodeGrant({ authenticate, consent }))",
  revoke: "app.post('/oauth/revoke', oauth.revoke())",
  par: "app.post('/oauth/par', oauth.par())",
  introspect: "app.post('/oauth/introspect', oauth.introspect())",
  jwks: "app.all('/oauth/jwks', oauth.jwks())",
  register: "app.all('/oauth/register', oauth.register())",
  deviceAuthorization: "app.post('/oauth/device_authorization', oauth.deviceAuthorization())",
  device: "app.all('/oauth/device', oauth.device({ authenticate, consent, device }))",
  metadata: "app.all('/.well-known/oauth-authorization-server', oauth.metadata())",
  resourceMetadata: "app.all('/.well-known/oauth-protected-resource', oauth.resourceMetadata())",
  router: 'app.use(oauth.router({ authenticate, consent }))',
  listener: 'http.createServer(oauth.listener({ authenticate, consent }))',
  handler: 'oauth.handler({ authenticate, consent })',
  fetch: '(request) => oauth.fetch(request, options)',
  revokeGrants: 'await oauth.revokeGrants({ userId })',
  errorHandler: 'app.use(oauth.errorHandler())',
  lockdown: 'oauth.lockdown(app)',
} satisfies Record<Exclude<keyof OAuth2Server, 'model' | 'issuer' | 'events' | 'bypass'>, string>)
