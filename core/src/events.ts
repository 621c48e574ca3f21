import { EventEmitter } from 'node:events'
import { asError } from './errors/as-error'

/** Whose grant an event is about. */
export interface GrantEvent {
  grantId: string
  clientId: string
  userId: string | null
}

/** Who tried to prove who they are. */
export interface AttemptEvent {
  /** As it was sent: there need be no such client. */
  clientId: string
  /** Where the request came from; `undefined` = unknown. */
  address: string | undefined
}

/** What was revoked: one grant, or all those of a user, a client, or both. */
export interface RevokedEvent extends Partial<GrantEvent> {
  /** How many grants. */
  grants: number
}

/** What the server tells about itself: never a token, a code, a secret or a password. */
export interface EventMap {
  /** Tokens were issued on a store. */
  'token.issued': [GrantEvent]
  /** A code was presented again: its grant is revoked (RFC 6749 4.1.2). */
  'code.replayed': [GrantEvent]
  /** A refresh token was presented again: its grant is revoked (RFC 9700 4.14.2). */
  'refresh.reused': [GrantEvent]
  /** A refresh was repeated within `refreshGrace`, and got the same answer again. */
  'refresh.repeated': [GrantEvent]
  /** Grants were revoked: by a client (RFC 7009) or by `revokeGrants()`. */
  'grant.revoked': [RevokedEvent]
  /** A client revoked one access token (RFC 7009). */
  'token.revoked': [GrantEvent]
  /** A client id is unknown, or its secret is wrong. */
  'client.authentication_failed': [AttemptEvent]
  /** A user name is unknown, or its password is wrong (password grant). */
  'user.authentication_failed': [AttemptEvent]
  /** The limiter did not let somebody try a secret or password. */
  'limiter.refused': [AttemptEvent & { secretOf: 'client' | 'user'; retryAfterSeconds: number }]
  /** The limiter failed, or did not answer in time: nobody was refused for that. */
  'limiter.failed': [{ error: unknown }]
  /** The store or model failed, or did not answer in time. */
  'store.failed': [{ error: unknown }]
}

/** The events of a server; listen with `oauth.events.on('refresh.reused', (event) => ...)`. */
export type Events = EventEmitter<EventMap>

/** Tells the listeners. What a listener throws is reported, and changes nothing for the request. */
export type Emit = <K extends keyof EventMap>(name: K, ...event: EventMap[K]) => void

/** An emitter, and the one way that the server uses it. */
export function createEvents(report: (error: Error) => void): { events: Events; emit: Emit } {
  const events: Events = new EventEmitter<EventMap>({ captureRejections: true })
  // Node calls this for an async listener that rejects; without it the process would end.
  Object.defineProperty(events, EventEmitter.captureRejectionSymbol, {
    value: (thrown: unknown) => report(asError(thrown)),
  })
  return { events, emit: emitterOf(events, report) }
}

/** The one way to emit. */
export function emitterOf(events: Events, report: (error: Error) => void): Emit {
  return (name, ...event) => {
    try {
      ;(events as EventEmitter).emit(name, ...event)
    } catch (error) {
      report(asError(error))
    }
  }
}
