import type { Client, Credential, Grant, GrantRef, NewCredential } from '../contract/store'
import { randomHex } from '../crypto/random'
import { withCode } from '../errors/error-code'
import { tryAgain } from '../errors/refusals'
import { isSameRegistration } from '../storage/issuing'
import type { UsedStore } from '../storage/with-timeout'
import type { StoreClients } from './clients'

/** Returns functions that issue, extend and end grants, and redeem their codes and tokens. */
export function grantsOnStore(store: UsedStore, clients: StoreClients, now: () => number) {
  /**
   * Issues the grant only while the client and user exist. `checked` is the client that the request
   * was checked against: if its registration has changed since then, throws an error. Without it, the
   * last known version of the client is used.
   */
  async function issue(
    grant: Grant,
    credentials: NewCredential[],
    checked?: Client,
  ): Promise<void> {
    const { clientId } = grant
    let version = checked ? checked.version : await clients.versionOf(clientId)
    for (;;) {
      if (version === undefined)
        throw withCode('OAUTH2_KIT_NOT_FOUND', new Error(`There is no client "${clientId}"`))
      const outcome = await store.issue(grant, credentials, { clientVersion: version })
      if (outcome === 'issued') return
      const present = await clients.known(clientId)
      if (!present || present.version === version)
        throw revoked('The client or user was deleted while its tokens were being issued')
      if (checked && !isSameClient(checked, present))
        throw tryAgain('The client was changed during the request: try again')
      version = present.version
    }
  }

  /** Adds credentials to a grant. Throws an error if the grant has been revoked. */
  async function extend(grant: GrantRef, credentials: NewCredential[]): Promise<void> {
    if ((await store.extend(grant, credentials)) === 'revoked')
      throw revoked('The grant was revoked while its tokens were being issued')
  }

  /**
   * Redeems the credential and resolves with true. If it was redeemed before, revokes its grant
   * (RFC 6749 4.1.2, RFC 9700 4.14.2).
   */
  async function consume(credential: Credential): Promise<boolean> {
    const { status } = await markUsed(credential)
    if (status === 'replayed') await end(credential)
    return status === 'redeemed'
  }

  /** Redeems the credential without new tokens. `besides` is saved if this call redeems it. */
  function markUsed(credential: Credential, besides: readonly NewCredential[] = []) {
    const { expiresAt } = credential
    const mark: NewCredential = {
      hash: randomHex(32),
      kind: 'used',
      createdAt: now(),
      expiresAt,
      data: '{}',
    }
    return store.redeem(credential, [mark, ...besides])
  }

  /** Revokes the grant of the credential. */
  async function end({ grant }: Credential): Promise<void> {
    await store.revoke({ grantId: grant.id })
  }

  return { issue, extend, consume, markUsed, end }
}

/**
 * Returns whether a request that is valid for one record is also valid for the other. A model does not
 * keep the secret that was presented, so the secret must be the same too.
 */
function isSameClient(before: Client, after: Client): boolean {
  return isSameRegistration(before, after) && before.secretHash === after.secretHash
}

function revoked(message: string): Error {
  return withCode('OAUTH2_KIT_REVOKED', new Error(message))
}
