import { isDeepStrictEqual } from 'node:util'

/** Returns whether the two values are deeply equal. An undefined member counts as absent. */
export function isSame(actual: unknown, wanted: unknown): boolean {
  return isDeepStrictEqual(plain(actual), plain(wanted))
}

/** Removes prototypes, because a store may return instances of its own classes. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([name, part]) => [name, plain(part)])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}
