import { authenticate } from './endpoints/authenticate'
import { authorize } from './endpoints/authorize'
import { type Check, type Hooks, type SignedInUser, decideBy, isHooks } from './endpoints/decide'
import type { Server } from './endpoints/server'
import { token } from './endpoints/token'
import { OAuth2Error } from './errors'
import { type Events, createEvents } from './events'
import { errorPage } from './http/error-response'
import {
  type ErrorMiddleware,
  type Middleware,
  type Next,
  endpoint,
  errorMiddleware,
  gate,
} from './http/express'
import { lockdown } from './http/lockdown'
import { type Options, settingsOf } from './options'
import { parseScope } from './security/scope'
import { isStore } from './store/contract'
import { deadline } from './store/deadline'
import { portOverModel } from './store/over-model'
import { portOverStore } from './store/over-store'

/** What `authorise()` may ask for beyond a valid token. */
export interface AuthoriseOptions {
  /** The scopes that the token must have, with spaces between. */
  scope?: string
}

/**
 * An OAuth 2 provider for Express 4 and 5, on a store or on a model of the 2.4 line. Its methods
 * make middlewares.
 */
export class OAuth2Server {
  /** The store or model. */
  readonly model: Options['model']
  /** What happens here, without tokens and secrets. */
  readonly events: Events
  readonly #server: Server
  readonly #locked = new WeakSet<object>()

  /** Throws a TypeError that names the option and the mend, if one is wrong, missing or unknown. */
  constructor(options: Options) {
    const settings = settingsOf(options)
    const { model, profile, report, storeTimeout } = settings
    const { events, emit } = createEvents(report)
    const within = deadline(storeTimeout)
    const port = isStore(model)
      ? portOverStore(model, settings, emit, within)
      : portOverModel(model, settings, within)
    this.model = model
    this.events = events
    this.#server = {
      settings,
      port,
      emit,
      report,
      asOAuth2Error(thrown) {
        if (thrown instanceof OAuth2Error) return thrown
        emit('store.failed', { error: thrown })
        return profile.unavailable(thrown)
      },
    }
  }

  /**
   * Lets only requests with a valid bearer token pass (RFC 6750), and sets `req.user` and
   * `req.oauth`. Throws a TypeError if the scope is malformed.
   */
  authorise({ scope = '' }: AuthoriseOptions = {}): Middleware {
    const needed = parseScope(scope)
    if (!needed) throw new TypeError('"scope" must be scopes with one space between (RFC 6749 3.3)')
    return gate(this.#server, (request) => authenticate(this.#server, request, needed))
  }

  /**
   * The token endpoint (RFC 6749 3.2). Reads the form itself where no body parser has. In an app
   * that is locked down it may stand uncalled: `app.all('/oauth/token', oauth.grant)`.
   */
  grant(): Middleware
  grant(request: unknown, response: unknown, next: Next): void
  grant(...uncalled: unknown[]): Middleware {
    if (uncalled.length > 0) {
      throw new TypeError(
        'oauth.grant stands uncalled, and the app is not locked down: write oauth.grant()',
      )
    }
    return endpoint(this.#server, (request) => token(this.#server, request))
  }

  /**
   * The authorization endpoint (RFC 6749 3.1). It is given the pages for signing in and consenting
   * or, as in the 2.4 line, a function `check(req, next)` that calls `next(error, allowed, user)`.
   */
  authCodeGrant<U extends SignedInUser>(decider: Check | Hooks<U>): Middleware {
    if (typeof decider !== 'function' && !isHooks(decider)) {
      throw new TypeError(
        'authCodeGrant() needs { authenticate, consent }, or a function check(req, next)',
      )
    }
    return endpoint(
      this.#server,
      (request) => authorize(this.#server, request, decideBy(decider, request)),
      errorPage,
    )
  }

  /**
   * Answers with the OAuth 2 errors that other middlewares passed on, and passes on every other
   * error.
   */
  errorHandler(): ErrorMiddleware {
    return errorMiddleware(this.#server)
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
}
