import type { NewCredential } from '@oauth2-kit/core'

// What a million tokens take is counted in bytes: links between the entries, and no set or array
// for each of them. Times are kept as milliseconds since the store was made: within 24 days of it
// V8 needs no box for such a number.

/** One grant. */
export class Family {
  previousOfUser: Family | null = null
  nextOfUser: Family | null = null
  previousOfClient: Family | null = null
  nextOfClient: Family | null = null

  constructor(
    readonly id: string,
    readonly clientId: string,
    readonly userId: string | null,
    readonly createdAt: number,
    readonly data: string,
  ) {}
}

/** One code or token of a grant. */
export class Entry {
  /** The first successor, once this was redeemed. */
  successor: Entry | null = null
  /** What this is the first successor of, as long as that is kept. */
  predecessor: Entry | null = null
  previousInFamily: Entry | null = null
  nextInFamily: Entry | null = null
  previousInBucket: Entry | null = null
  nextInBucket: Entry | null = null

  constructor(
    readonly family: Family,
    readonly hash: string,
    readonly kind: NewCredential['kind'],
    readonly createdAt: number,
    readonly expiresAt: number | null,
    readonly data: string,
  ) {}
}

type LinkName<T> = {
  [K in keyof T]: null extends T[K] ? (T[K] extends T | null ? K : never) : never
}[keyof T]

/**
 * Items by a key that several may share: doubly linked through two of their own members, newest
 * first.
 */
export class Links<K, T extends object> {
  private readonly heads = new Map<K, T>()

  constructor(
    private readonly previous: LinkName<T>,
    private readonly next: LinkName<T>,
  ) {}

  get keys(): IterableIterator<K> {
    return this.heads.keys()
  }

  first(key: K): T | undefined {
    return this.heads.get(key)
  }

  *all(key: K): Generator<T> {
    for (let item = this.heads.get(key) ?? null; item !== null;) {
      const following = this.link(item, this.next)
      yield item
      item = following
    }
  }

  add(key: K, item: T): void {
    const head = this.heads.get(key) ?? null
    this.setLink(item, this.next, head)
    if (head !== null) this.setLink(head, this.previous, item)
    this.heads.set(key, item)
  }

  remove(key: K, item: T): void {
    const before = this.link(item, this.previous)
    const after = this.link(item, this.next)
    if (before !== null) this.setLink(before, this.next, after)
    else if (after !== null) this.heads.set(key, after)
    else this.heads.delete(key)
    if (after !== null) this.setLink(after, this.previous, before)
    this.setLink(item, this.previous, null)
    this.setLink(item, this.next, null)
  }

  private link(item: T, name: LinkName<T>): T | null {
    return item[name] as T | null
  }

  private setLink(item: T, name: LinkName<T>, to: T | null): void {
    item[name] = to as T[LinkName<T>]
  }
}

const bucketWidth = 60_000

/** All grants and credentials, and the ways to find them. */
export class Tables {
  readonly byHash = new Map<string, Entry>()
  readonly byGrant = new Links<string, Entry>('previousInFamily', 'nextInFamily')
  readonly byUser = new Links<string, Family>('previousOfUser', 'nextOfUser')
  readonly byClient = new Links<string, Family>('previousOfClient', 'nextOfClient')
  /** By the minute in which they expire. */
  private readonly byExpiry = new Links<number, Entry>('previousInBucket', 'nextInBucket')

  family(grantId: string): Family | undefined {
    return this.byGrant.first(grantId)?.family
  }

  addFamily(family: Family): void {
    if (family.userId !== null) this.byUser.add(family.userId, family)
    this.byClient.add(family.clientId, family)
  }

  add(entry: Entry): void {
    this.byHash.set(entry.hash, entry)
    this.byGrant.add(entry.family.id, entry)
    if (entry.expiresAt !== null) this.byExpiry.add(bucketOf(entry.expiresAt), entry)
  }

  /** Removes a credential, and with the last one its grant. */
  remove(entry: Entry): void {
    const { family, expiresAt, successor } = entry
    this.byHash.delete(entry.hash)
    this.byGrant.remove(family.id, entry)
    if (expiresAt !== null) this.byExpiry.remove(bucketOf(expiresAt), entry)
    if (successor) successor.predecessor = null
    if (this.byGrant.first(family.id)) return
    if (family.userId !== null) this.byUser.remove(family.userId, family)
    this.byClient.remove(family.clientId, family)
  }

  removeFamily({ id }: Family): void {
    for (const entry of this.byGrant.all(id)) this.remove(entry)
  }

  /**
   * The credentials that may go: they expired before that time, and so did what they were made
   * from.
   */
  *expired(before: number): Generator<Entry> {
    for (const bucket of this.byExpiry.keys) {
      if (bucket * bucketWidth >= before) continue
      for (const entry of this.byExpiry.all(bucket)) {
        if (isPast(entry, before)) yield entry
      }
    }
  }
}

/**
 * A successor is its predecessor's mark of use, and stays as long as that could be presented again.
 */
function isPast(entry: Entry, before: number): boolean {
  for (let one: Entry | null = entry; one !== null; one = one.predecessor) {
    if (one.expiresAt === null || one.expiresAt >= before) return false
  }
  return true
}

function bucketOf(expiresAt: number): number {
  return Math.floor(expiresAt / bucketWidth)
}
