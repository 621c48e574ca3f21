import type { NewCredential } from '@oauth2-kit/core'

// What a million tokens take is counted in bytes: links between the credentials, and no set or
// array for each of them. Times are kept as milliseconds since the store was made: within 24 days
// of it V8 needs no box for such a number.

/** One grant. */
export class KeptGrant {
  /** The credential that was added last. `null` = the grant is revoked, or all of it has expired. */
  newest: KeptCredential | null = null

  constructor(
    /** Its place in the order in which grants were issued. */
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
  /** The mark of use: the hash of the first successor, once this was redeemed. */
  successor: string | null = null
  /** What this is the first successor of, until this is redeemed in turn. */
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

/** The mark of a deleted user. */
export class DeletedUser {
  previousInBucket: DeletedUser | null = null
  nextInBucket: DeletedUser | null = null

  constructor(
    /** The id of the user. */
    readonly key: string,
    readonly expiresAt: number,
  ) {}
}

/** The credentials of a grant, the newest first. */
export function credentialsOf({ newest }: KeptGrant): KeptCredential[] {
  const credentials: KeptCredential[] = []
  for (let one = newest; one !== null; one = one.nextInGrant) credentials.push(one)
  return credentials
}
