import { isPlainObject } from './values/is-object'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readable } from './errors/amend-error'
import { makeAuthorization } from './endpoints/authorize'
import {
  type BoundHooks,
  type Check,
  type Hooks,
  type SignedInUser,
  decideByCheck,
  decideByHooks,
  isHooks,
} from './endpoints/decide'
import { introspectionEndpoint } from './endpoints/introspect'
import { revocationEndpoint } from './endpoints/revoke'
import type { ResourceOptions, RouteOptions } from './endpoints/route-options'
import { type Routes, metadataEndpoint, resourceEndpoint, routesOf } from './endpoints/routes'
import type { Context } from './context'
import { tokensOf } from './endpoints/stores-only'
import { tokenEndpoint } from './endpoints/token'
import { OAuth2Error } from './errors/errors'
import { type Events, createEvents } from './events'
import { assertGrantTypes } from './grants'
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
import { type Listener, listener, router } from './frameworks/listener'
import { lockdown } from './frameworks/lockdown'
import type { OAuthRequest } from './http/request'
import type { OAuthResponse } from './http/response'
import { type WebHooks, type WebRequest, answerWeb, isWebRequest } from './frameworks/web'
import type { Options } from './options/server-options'
import { type Settings, settingsOf } from './options/settings'
import { OptionError } from './errors/option-error'
import { assertKnown, assertNoOptions } from './options/read-options'
import { limiting } from './limiting'
import { type Selector, type Store, isStore } from './contract/store'
import { timeoutAfter } from './async/timeout'
import type { ModelRequest } from './contract/model'
import { storageOverModel } from './model-2.4/over-model'
import { storageOverStore } from './storage/over-store'

/** All endpoints at once, with the pages where authorization codes are on offer. */
export interface RouterOptions<U extends SignedInUser = SignedInUser>
  extends RouteOptions, Partial<Hooks<U>> {}

/** The same for web-standard servers. */
export interface WebRouterOptions<U extends SignedInUser = SignedInUser>
  extends RouteOptions, Partial<WebHooks<U>> {}

/**
 * An OAuth 2 provider for Express 4 and 5, bare node:http and web-standard servers, on a store or
 * on a model of the 2.4 line. Most of its methods make middlewares.
 */
export class OAuth2Server {
  /** The store or model. */
  readonly model: Settings['model']
  /** What happens here, without tokens and secrets. */
  readonly events: Events
  readonly #context: Context
  readonly #locked = new WeakSet<object>()
  readonly #webRoutes = new WeakMap<object, Routes>()

  /** Throws a TypeError that names the option and the fix, if one is wrong, missing or unknown. */
  constructor(options: Options) {
    const settings = settingsOf(options)
    const { model, profile, report, storeTimeout } = settings
    if (profile.name === 'oauth2.1') assertGrantTypes(settings, model as Store)
    const { events, emit } = createEvents(report)
    const withTimeout = timeoutAfter(storeTimeout)
    const storage = isStore(model)
      ? storageOverStore(model, settings, emit, withTimeout)
      : storageOverModel(model, settings, withTimeout)
    this.model = model
    this.events = events
    this.#context = {
      settings,
      storage,
      emit,
      limited: limiting(settings.limiter, emit, withTimeout),
      report,
      asOAuth2Error(thrown) {
        if (thrown instanceof OAuth2Error) return readable(thrown)
        emit('store.failed', { error: thrown })
        return profile.unavailable(thrown)
      },
    }
  }

  /**
   * Lets only requests with a valid bearer token pass (RFC 6750), and sets `req.user` and
   * `req.oauth`. Throws a TypeError if an option is unknown, or the scope empty or malformed.
   */
  authorise(options: AuthoriseOptions = {}): Middleware {
    return gate(this.#context, bearerCheck(this.#context, options, 'authorise()'))
  }

  /**
   * The same without a middleware: `{ user, oauth }`, or `{ response }` that refuses the request. It
   * takes a web-standard request, and refuses with a `Response`, or one of node:http, and refuses
   * with `{ status, headers, body }`. Throws a TypeError as `authorise()` does.
   */
  authenticate(
    request: Request,
    options?: AuthoriseOptions,
  ): Promise<Authenticated | Refused<Response>>
  authenticate(
    request: IncomingMessage,
    options?: AuthoriseOptions,
  ): Promise<Authenticated | Refused<OAuthResponse>>
  async authenticate(
    request: Request | IncomingMessage,
    options: AuthoriseOptions = {},
  ): Promise<Authenticated | Refused<Response | OAuthResponse>> {
    const bearer = bearerCheck(this.#context, options, 'authenticate()')
    return isWebRequest(request)
      ? authenticateWeb(this.#context, bearer, request)
      : authenticateNode(this.#context, bearer, request)
  }

  /**
   * The token endpoint (RFC 6749 3.2). Reads the form itself where no body parser has. In an app
   * that is locked down it may stand uncalled: `app.all('/oauth/token', oauth.grant)`.
   */
  grant(): Middleware
  grant(request: unknown, response: unknown, next: Next): void
  grant(...uncalled: unknown[]): Middleware {
    if (uncalled.length > 0) {
      throw new OptionError(
        'options',
        'oauth.grant stands uncalled, and the app is not locked down: write oauth.grant()',
      )
    }
    return endpoint(this.#context, tokenEndpoint.create(this.#context))
  }

  /**
   * The authorization endpoint (RFC 6749 3.1). It is given the pages for signing in and consenting
   * or, as in the 2.4 line, a function `check(req, next)` that calls `next(error, allowed, user)`.
   */
  authCodeGrant<U extends SignedInUser>(decider: Check | Hooks<U>): Middleware {
    if (typeof decider === 'function') {
      return endpoint(
        this.#context,
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
    // An instance of a class has members of its own.
    if (isPlainObject(decider)) {
      for (const name of Object.keys(decider)) {
        assertKnown(name, ['authenticate', 'consent'], 'authCodeGrant()')
      }
    }
    return endpoint(this.#context, this.#withPages(decider, boundToNode))
  }

  /** The revocation endpoint (RFC 7009). Throws a TypeError on a 2.4 model. */
  revoke(...none: never[]): Middleware {
    assertNoOptions(none, 'revoke()')
    return endpoint(this.#context, revocationEndpoint.create(this.#context))
  }

  /**
   * The introspection endpoint (RFC 7662): a confidential client may ask about its own tokens, and
   * about access tokens for its `resources`, or for all with `introspectsAll`. Throws a TypeError
   * on a 2.4 model.
   */
  introspect(...none: never[]): Middleware {
    assertNoOptions(none, 'introspect()')
    return endpoint(this.#context, introspectionEndpoint.create(this.#context))
  }

  /**
   * The metadata of this server (RFC 8414), for `/.well-known/oauth-authorization-server`, with the
   * endpoints where `router()` would put them. Throws a TypeError without the option `issuer`.
   */
  metadata(options: RouteOptions = {}): Middleware {
    return endpoint(this.#context, metadataEndpoint(this.#context, options))
  }

  /**
   * The metadata of a protected resource (RFC 9728), for `/.well-known/oauth-protected-resource` on
   * the resource's own host. Throws a TypeError for one that is not among the option `resources`.
   */
  resourceMetadata(options: ResourceOptions = {}): Middleware {
    return endpoint(this.#context, resourceEndpoint(this.#context, options))
  }

  /**
   * All endpoints and their metadata, for `app.use()`: they answer at the path of the issuer, then
   * `prefix`, then `/authorize`, `/token`, `/revoke` or `/introspect`, and at their well-known URLs.
   * Throws a TypeError without the option `issuer`, or without the pages that the grant types need.
   */
  router<U extends SignedInUser>(options: RouterOptions<U> = {}): Middleware {
    return router(this.#context, this.#nodeRoutes(options))
  }

  /** The same for bare node:http: `http.createServer(oauth.listener({ ... }))`. */
  listener<U extends SignedInUser>(options: RouterOptions<U> = {}): Listener {
    return listener(this.#context, this.#nodeRoutes(options))
  }

  /**
   * The same for web-standard servers: returns a function that takes a `Request` and resolves with a
   * `Response`, a 404 for any other path. The pages are `Response`s. Throws as `router()` does.
   */
  handler<U extends SignedInUser>(
    options: WebRouterOptions<U> = {},
  ): (request: Request) => Promise<Response> {
    const routes = this.#webRoutesOf(options)
    return (request) => answerWeb(this.#context, routes, request)
  }

  /**
   * Answers one web-standard request as `handler(options)` does. Keep the options in a constant: the
   * routes are remembered by that object, and made anew for every other one.
   */
  async fetch<U extends SignedInUser>(
    request: Request,
    options: WebRouterOptions<U> = {},
  ): Promise<Response> {
    let routes = this.#webRoutes.get(options)
    if (!routes) this.#webRoutes.set(options, (routes = this.#webRoutesOf(options)))
    return answerWeb(this.#context, routes, request)
  }

  /**
   * Revokes every grant of a user, a client, or both, or one grant: its codes and tokens are dead
   * once this resolves. For "sign out everywhere" and "revoke this application". Gives the number
   * of grants. Rejects with a TypeError for anything else than a selector, and on a 2.4 model.
   */
  async revokeGrants(selector: Selector): Promise<number> {
    return tokensOf(this.#context, 'revokeGrants()').revokeGrants(selector)
  }

  /**
   * Answers with the OAuth 2 errors that other middlewares passed on, and passes on every other
   * error.
   */
  errorHandler(...none: never[]): ErrorMiddleware {
    assertNoOptions(none, 'errorHandler()')
    return errorMiddleware(this.#context)
  }

  /**
   * Lets no request to a route of the app, or router, without a valid token: routes that are added
   * later and those of nested routers too. A route is open where `oauth.bypass` or `oauth.grant`
   * stands among its handlers, uncalled. What answers in `app.use` is no route and stays as it is,
   * but for a mounted app, which needs a token as a whole. Throws a TypeError for an app that it
   * can't lock.
   */
  lockdown(app: unknown): void {
    // oxlint-disable-next-line typescript/unbound-method -- they are only compared
    const { grant, bypass } = this
    const keys = { grant, bypass, makeGrant: () => this.grant(), authorise: this.authorise() }
    lockdown(app, keys, this.#locked)
  }

  /**
   * Stands uncalled among the handlers of a route that needs no token, in an app that is locked
   * down.
   */
  bypass(_request: unknown, _response: unknown, next: Next): void {
    next()
  }

  #nodeRoutes<U extends SignedInUser>(options: RouterOptions<U>): Routes {
    const pages = isHooks(options) ? this.#withPages(options as Hooks<U>, boundToNode) : undefined
    return routesOf(this.#context, options, pages)
  }

  #webRoutesOf<U extends SignedInUser>(options: WebRouterOptions<U>): Routes {
    const pages = isHooks(options) ? this.#withPages(options as WebHooks<U>, boundToWeb) : undefined
    return routesOf(this.#context, options, pages)
  }

  #withPages<H, U extends SignedInUser>(
    hooks: H,
    bind: (hooks: H, request: OAuthRequest) => BoundHooks<U>,
  ): Endpoint {
    return makeAuthorization(this.#context, (request) =>
      decideByHooks(this.#context.storage, bind(hooks, request)),
    )
  }
}

function boundToNode<U extends SignedInUser>(
  hooks: Hooks<U>,
  { native }: OAuthRequest,
): BoundHooks<U> {
  const request = native.request as ModelRequest
  const response = native.response as ServerResponse
  return {
    authenticate: (asked) => hooks.authenticate(request, response, asked),
    consent: (asked) => hooks.consent(request, response, asked),
  }
}

function boundToWeb<U extends SignedInUser>(hooks: WebHooks<U>, request: OAuthRequest) {
  return (request as WebRequest).bound(hooks)
}
