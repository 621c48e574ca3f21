import { type Expiring, ExpiryIndex } from './expiry-index'
import { type KeptCredential, type KeptGrant, credentialsOf } from './schema'
import { OwnedGrants } from './owned-grants'

/** All grants and credentials, with the indexes to find them. */
export class Grants {
  readonly byId = new Map<string, KeptGrant>()
  readonly byUser = new OwnedGrants()
  readonly byClient = new OwnedGrants()
  readonly expiring = new ExpiryIndex<KeptCredential>()
  readonly expiringAnswers = new ExpiryIndex<KeptCredential>()
  /** The sequence number of the next grant. */
  nextSequence = 1
  private readonly byHash = new Map<string, KeptCredential>()

  find(hash: string): KeptCredential | undefined {
    const credential = this.byHash.get(hash)
    // The credentials of a revoked grant are removed in slices, so some may still be in the map.
    return credential && credential.grant.newest !== null ? credential : undefined
  }

  /** Adds a grant, which must already have a credential. */
  addGrant(grant: KeptGrant): void {
    this.byId.set(grant.id, grant)
    if (grant.userId !== null) this.byUser.add(grant.userId, grant)
    this.byClient.add(grant.clientId, grant)
    this.nextSequence = Math.max(this.nextSequence, grant.sequence + 1)
  }

  add(credential: KeptCredential): void {
    const { grant } = credential
    this.byHash.set(credential.hash, credential)
    credential.nextInGrant = grant.newest
    if (grant.newest) grant.newest.previousInGrant = credential
    grant.newest = credential
    this.indexOf(credential).add(credential)
  }

  /** Marks a credential as redeemed for its first successor. */
  redeem(credential: KeptCredential, successor: KeptCredential): void {
    credential.successor = successor.hash
    if (successor.successor === null) successor.predecessor = credential
    else credential.data = ''
    // Of a credential that was redeemed two rotations ago, only the redemption mark is needed.
    if (credential.predecessor) credential.predecessor.data = ''
    credential.predecessor = null
  }

  /** Removes a credential, and its grant if this was the last one. */
  remove(credential: KeptCredential): void {
    const { grant, hash, successor, previousInGrant: before, nextInGrant: after } = credential
    if (this.byHash.get(hash) === credential) this.byHash.delete(hash)
    this.indexOf(credential).remove(credential)
    const next = successor === null ? undefined : this.byHash.get(successor)
    if (next?.predecessor === credential) next.predecessor = null
    if (grant.newest === null) return
    if (after) after.previousInGrant = before
    if (before) before.nextInGrant = after
    else grant.newest = after
    if (grant.newest === null) this.forget(grant)
  }

  /** Revokes a grant in the first step. The other steps remove its credentials. */
  *revoke(grant: KeptGrant): Generator<void> {
    const credentials = credentialsOf(grant)
    if (credentials.length === 0) return
    grant.newest = null
    this.forget(grant)
    for (const credential of credentials) {
      if (this.byHash.get(credential.hash) === credential) this.remove(credential)
      yield
    }
  }

  private forget(grant: KeptGrant): void {
    this.byId.delete(grant.id)
    if (grant.userId !== null) this.byUser.remove(grant.userId, grant)
    this.byClient.remove(grant.clientId, grant)
  }

  private indexOf({ kind }: KeptCredential): ExpiryIndex<KeptCredential> {
    return kind === 'answer' ? this.expiringAnswers : this.expiring
  }
}

/** Items that are kept under a unique key until they expire. */
export class Keyed<T extends Expiring<T> & { readonly key: string }> {
  readonly byKey = new Map<string, T>()
  readonly expiring = new ExpiryIndex<T>()

  set(item: T): void {
    this.delete(item.key)
    this.byKey.set(item.key, item)
    this.expiring.add(item)
  }

  delete(key: string): T | undefined {
    const item = this.byKey.get(key)
    if (!item) return undefined
    this.byKey.delete(key)
    this.expiring.remove(item)
    return item
  }
}
