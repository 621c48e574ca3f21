import { isObject } from '../values/is-object'

/** A user whose tokens belong to a grant. Every request gets a new object. */
export interface GrantUser {
  id: unknown
  [name: string]: unknown
}

/**
 * Remembers what a user object that a look-up returned belongs to. A server passes the object on to
 * the functions that save tokens, but nothing else that identifies the code or refresh token.
 */
export class LinkedUsers<T> {
  readonly #links = new WeakMap<object, T>()

  /** Copies the user, because an application may return the same object to every request. */
  copy(user: unknown, link: T): GrantUser {
    const own: GrantUser = isObject(user)
      ? Object.assign(Object.create(Object.getPrototypeOf(user) as object) as GrantUser, user)
      : { id: user }
    this.#links.set(own, link)
    return own
  }

  get(user: unknown): T | undefined {
    return isObject(user) ? this.#links.get(user) : undefined
  }

  set(user: object, link: T): void {
    this.#links.set(user, link)
  }

  delete(user: unknown): void {
    if (isObject(user)) this.#links.delete(user)
  }
}
