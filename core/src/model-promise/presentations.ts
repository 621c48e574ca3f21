import { Presented } from './presented'
import type { Credential } from '../contract/store'
import { sha256 } from '../crypto/hash'
import { InvalidGrantError } from '../errors/errors'
import { LinkedUsers } from '../model-on-store/linked-users'
import { isText } from '../model-on-store/text'
import { SeenBefore } from '../storage/seen-before'

/**
 * The codes and refresh tokens that are being exchanged in this process. A server looks one up,
 * redeems it and then saves tokens, but passes no identifier to `saveToken` except the user object,
 * and the code for an authorization code grant.
 */
export class Presentations {
  readonly users = new LinkedUsers<Presented>()
  readonly #codes = new SeenBefore<Presented>()

  /** Returns the presentation of a code. Concurrent requests with the same code share it. */
  ofCode(credential: Credential): Presented {
    const known = this.#codes.get(credential.hash)
    if (known) return known
    const presented = new Presented(credential)
    this.#codes.set(credential.hash, presented)
    return presented
  }

  /** Returns what the tokens are issued for, or undefined if it is neither a code nor a refresh. */
  sourceOf(token: { authorizationCode?: unknown }, user: unknown): Presented | undefined {
    const { authorizationCode: code } = token
    const linked = this.users.get(user)
    if (code === undefined || code === null || linked?.credential.kind === 'code') return linked
    const presented = isText(code) ? this.#codes.get(sha256(code)) : undefined
    if (presented) return presented
    throw new InvalidGrantError(
      'The tokens are for a code that this model did not return: look it up and redeem it with ' +
        'getAuthorizationCode and revokeAuthorizationCode of the same model',
    )
  }

  /** Forgets a presentation when its tokens have been saved. */
  finish({ credential }: Presented, user: unknown): void {
    this.users.delete(user)
    this.#codes.delete(credential.hash)
  }
}
