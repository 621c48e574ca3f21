import type { Page } from '@oauth2-kit/core'

/** Clients or users by id, and in the order of their ids once they are listed. */
export class Ordered<T extends { readonly id: string }> {
  private readonly items = new Map<string, T>()
  private ids: string[] | undefined

  get(id: string): T | undefined {
    return this.items.get(id)
  }

  set(item: T): void {
    if (this.ids && !this.items.has(item.id)) {
      this.ids.splice(placeAfter(this.ids, item.id), 0, item.id)
    }
    this.items.set(item.id, item)
  }

  delete(id: string): void {
    if (this.items.delete(id)) this.ids?.splice(placeAfter(this.ids, id) - 1, 1)
  }

  values(): IterableIterator<T> {
    return this.items.values()
  }

  page({ after, limit }: Page): T[] {
    this.ids ??= [...this.items.keys()].toSorted((a, b) => (a < b ? -1 : 1))
    const start = after === undefined ? 0 : placeAfter(this.ids, after)
    return this.ids.slice(start, start + limit).map((id) => this.items.get(id)!)
  }
}

/** The index of the first id after that one. */
function placeAfter(ids: string[], id: string): number {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! > id) high = middle
    else low = middle + 1
  }
  return low
}
