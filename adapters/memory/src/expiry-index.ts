/** An item that expires, with the links that its bucket needs. */
export interface Expiring<T> {
  readonly expiresAt: number | null
  previousInBucket: T | null
  nextInBucket: T | null
}

const bucketWidth = 10_000

/**
 * Returns the latest bucket boundary that is not after `time`. Up to a boundary, `expired` needs no
 * search.
 */
export function wholeBuckets(time: number): number {
  return bucketOf(time) * bucketWidth
}

/**
 * Items grouped by expiry into buckets of ten seconds. A bucket is a doubly linked list through
 * members of the items, newest first. Items that never expire are not in the index.
 */
export class ExpiryIndex<T extends Expiring<T>> {
  private readonly heads = new Map<number, T>()
  /** A binary heap of bucket numbers, earliest first. Emptied buckets stay in it for a while. */
  private buckets: number[] = []

  add(item: T): void {
    if (item.expiresAt === null) return
    const bucket = bucketOf(item.expiresAt)
    const head = this.heads.get(bucket)
    if (head) {
      item.nextInBucket = head
      head.previousInBucket = item
    } else {
      this.push(bucket)
    }
    this.heads.set(bucket, item)
  }

  remove(item: T): void {
    if (item.expiresAt === null) return
    const { previousInBucket: before, nextInBucket: after } = item
    if (after) after.previousInBucket = before
    if (before) before.nextInBucket = after
    else if (after) this.heads.set(bucketOf(item.expiresAt), after)
    else this.heads.delete(bucketOf(item.expiresAt))
    item.previousInBucket = null
    item.nextInBucket = null
  }

  /**
   * Yields the items that expired before that time. The caller must remove each item before it
   * takes the next one, and must not remove any other item.
   */
  *expired(before: number): Generator<T> {
    for (let item = this.first(before); item; item = this.first(before)) yield item
    const bucket = bucketOf(before)
    if (bucket * bucketWidth === before) return
    for (let item = this.heads.get(bucket) ?? null; item !== null;) {
      const following: T | null = item.nextInBucket
      if (item.expiresAt! < before) yield item
      item = following
    }
  }

  /** Returns an item of the earliest bucket if that whole bucket expired before that time. */
  private first(before: number): T | undefined {
    for (;;) {
      const bucket = this.buckets[0]
      if (bucket === undefined || (bucket + 1) * bucketWidth > before) return undefined
      const head = this.heads.get(bucket)
      if (head) return head
      this.pop()
    }
  }

  private push(bucket: number): void {
    // Drop the buckets that revocations have emptied, perhaps years before their time.
    if (this.buckets.length > 2 * this.heads.size + 64) {
      this.buckets = [...this.heads.keys()].toSorted((a, b) => a - b)
    }
    const { buckets } = this
    let at = buckets.push(bucket) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (buckets[parent]! <= bucket) break
      buckets[at] = buckets[parent]!
      at = parent
    }
    buckets[at] = bucket
  }

  private pop(): void {
    const { buckets } = this
    const last = buckets.pop()
    if (last === undefined || buckets.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= buckets.length) break
      if (child + 1 < buckets.length && buckets[child + 1]! < buckets[child]!) child++
      if (buckets[child]! >= last) break
      buckets[at] = buckets[child]!
      at = child
    }
    buckets[at] = last
  }
}

function bucketOf(time: number): number {
  return Math.floor(time / bucketWidth)
}
