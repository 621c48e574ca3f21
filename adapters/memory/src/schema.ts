import type { NewCredential } from '@oauth2-kit/core'

// With a million tokens every byte counts. So credentials are linked to each other, and no grant
// has a set or array of them. Times are milliseconds since the store was created: within 24 days of
// that moment V8 stores such a number without boxing it.

/** One grant. */
export class KeptGrant {
  /**
   * The credential that was added last. `null` = the grant is revoked, or all of it has expired and
   * is removed.
   */
  newest: KeptCredential | null = null

  constructor(
    /** Position in the order in which grants were issued. */
    readonly sequence: number,
    readonly id: string,
    readonly clientId: string,
    readonly userId: string | null,
    readonly createdAt: number,
    readonly data: string,
  ) {}
}

/** One code or token of a grant. */
export class KeptCredential {
  /**
   * The redemption mark: the hash of the first successor. `null` until this credential is redeemed.
   */
  successor: string | null = null
  /**
   * The credential whose first successor this is. `null` once this credential is redeemed itself.
   */
  predecessor: KeptCredential | null = null
  previousInGrant: KeptCredential | null = null
  nextInGrant: KeptCredential | null = null
  previousInBucket: KeptCredential | null = null
  nextInBucket: KeptCredential | null = null

  constructor(
    readonly grant: KeptGrant,
    readonly hash: string,
    readonly kind: NewCredential['kind'],
    readonly createdAt: number,
    readonly expiresAt: number | null,
    public data: string,
  ) {}
}

/** One short-lived record. */
export class KeptRecord {
  previousInBucket: KeptRecord | null = null
  nextInBucket: KeptRecord | null = null

  constructor(
    readonly key: string,
    readonly data: string,
    readonly expiresAt: number,
  ) {}
}

/** The deletion mark of a user. */
export class DeletedUser {
  previousInBucket: DeletedUser | null = null
  nextInBucket: DeletedUser | null = null

  constructor(
    /** The id of the user. */
    readonly key: string,
    readonly expiresAt: number,
  ) {}
}

/** Returns the credentials of a grant, newest first. */
export function credentialsOf({ newest }: KeptGrant): KeptCredential[] {
  const credentials: KeptCredential[] = []
  for (let one = newest; one !== null; one = one.nextInGrant) credentials.push(one)
  return credentials
}
