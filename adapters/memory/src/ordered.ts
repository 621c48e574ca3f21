import type { Page } from '@oauth2-kit/core'

/** Clients or users by id. The sorted list of ids is built when the first page is read. */
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

/** Returns the index of the first id that sorts after `id`. */
function placeAfter(ids: string[], id: string): number {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! > id) high = middle
    else low = middle + 1
  }
  return low
}
