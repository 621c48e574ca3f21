import { EventEmitter } from 'node:events'
import { asError } from './errors/as-error'

/** The grant that an event concerns. */
export interface GrantEvent {
  grantId: string
  clientId: string
  userId: string | null
}

/** A failed or refused attempt to authenticate. */
export interface AttemptEvent {
  /** The client id as sent. The client may not exist. Empty for a registration and a user code. */
  clientId: string
  /** The address that the request came from. `undefined` means unknown. */
  address: string | undefined
}

/** What the secret belongs to that an attempt tries: `device` is a user code. */
export type SecretOf = 'client' | 'user' | 'registration' | 'device'

/** A client that registered itself. */
export interface ClientEvent {
  clientId: string
  /** The address that the request came from. `undefined` means unknown. */
  address: string | undefined
}

/** The revoked grants: one grant, or all grants of a user, a client, or a user at a client. */
export interface RevokedEvent extends Partial<GrantEvent> {
  /** The number of revoked grants. */
  grants: number
}

/** The events of a server. No event contains a token, a code, a secret or a password. */
export interface EventMap {
  /** Tokens were issued from a store. */
  'token.issued': [GrantEvent]
  /** A code or a device code was presented again, so its grant was revoked (RFC 6749 4.1.2). */
  'code.replayed': [GrantEvent]
  /** A refresh token was presented again, so its grant was revoked (RFC 9700 4.14.2). */
  'refresh.reused': [GrantEvent]
  /** A refresh was repeated within `refreshGrace` and received the same response again. */
  'refresh.repeated': [GrantEvent]
  /** Grants were revoked, by a client (RFC 7009) or by `revokeGrants()`. */
  'grant.revoked': [RevokedEvent]
  /** A client revoked one access token (RFC 7009). */
  'token.revoked': [GrantEvent]
  /** A client has registered itself (RFC 7591). */
  'client.registered': [ClientEvent]
  /** A client has replaced its registration (RFC 7592 2.2). */
  'client.updated': [ClientEvent]
  /** A client has deleted its registration, so its grants were revoked (RFC 7592 2.3). */
  'client.deleted': [ClientEvent]
  /** A registration was refused for its initial access token, or by the function `allow`. */
  'registration.refused': [{ address: string | undefined; reason: string }]
  /** A client id is unknown, its secret is wrong, or it used another method than registered. */
  'client.authentication_failed': [AttemptEvent & { reason: string }]
  /** A username is unknown, or its password is wrong (password grant). */
  'user.authentication_failed': [AttemptEvent]
  /**
   * The limiter refused an attempt to verify a secret, a password or a user code, or to register a
   * client.
   */
  'limiter.refused': [AttemptEvent & { secretOf: SecretOf; retryAfterSeconds: number }]
  /** The limiter failed or did not respond in time. The attempt was allowed. */
  'limiter.failed': [{ error: unknown }]
  /** The function of the option `keys` failed. The last keys stay in use. */
  'keys.failed': [{ error: unknown }]
  /**
   * The store or model failed or did not respond in time, or the hash of a client's secret could not
   * be renewed.
   */
  'store.failed': [{ error: unknown }]
  /** The keys of a client or a trusted issuer could not be fetched from their URL, or are not valid. */
  'jwks.failed': [{ url: string; error: unknown }]
  /**
   * The document of a client could not be fetched, or was refused (option `clientMetadata`). Anybody can
   * cause it by a request.
   */
  'client_metadata.failed': [{ url: string; error: unknown }]
  /**
   * A request got a `server_error` or a 503. `error` is what the application, the store or the model
   * threw.
   */
  'server.error': [{ error: unknown }]
}

/**
 * The event emitter of a server. Listen with `oauth.events.on('refresh.reused', (event) => ...)`.
 */
export type Events = EventEmitter<EventMap>

/** Emits an event. An error thrown by a listener is reported and does not affect the request. */
export type Emit = <K extends keyof EventMap>(name: K, ...event: EventMap[K]) => void

/** Returns an event emitter and the function with which the server emits its events. */
export function createEvents(report: (error: Error) => void): { events: Events; emit: Emit } {
  const events: Events = new EventEmitter<EventMap>({ captureRejections: true })
  // Node calls this if an async listener rejects. Without it, the rejection would end the process.
  Object.defineProperty(events, EventEmitter.captureRejectionSymbol, {
    value: (thrown: unknown) => report(asError(thrown)),
  })
  return { events, emit: emitterOf(events, report) }
}

/** Returns a function that emits events and reports the errors of listeners. */
export function emitterOf(events: Events, report: (error: Error) => void): Emit {
  return (name, ...event) => {
    try {
      ;(events as EventEmitter).emit(name, ...event)
    } catch (error) {
      report(asError(error))
    }
  }
}
