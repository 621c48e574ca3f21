import type { Found } from './kinds'
import { isSame } from './same'
import { showBriefly } from './show'
import { counted } from './times'

/**
 * Returns how a list differs from the expected one as a whole, or null if its entries differ one by
 * one.
 */
export function listDifference(
  actual: readonly unknown[],
  wanted: readonly unknown[],
): Found | null {
  const both = `got ${showBriefly(actual)}, expected ${showBriefly(wanted)}`
  const split = splitAt(actual, wanted)
  if (split) return { kind: 'split', text: `split at ${split}: ${both}` }
  const [has, wants] = [keysOf(actual), keysOf(wanted)]
  if (actual.length === wanted.length) {
    if (!isSame(has.toSorted(), wants.toSorted())) return null
    return isSame(has, has.toSorted())
      ? { kind: 'order', text: `sorted: ${both}` }
      : { kind: 'order', text: `in another order: ${both}` }
  }
  const sizes = `${counted(actual.length)} of ${counted(wanted.length)} entries`
  if (actual.length < wanted.length) {
    if (isSame(has, [...new Set(wants)]))
      return { kind: 'shortened', text: `stored without repeated entries: ${both}` }
    if (actual.length === 0)
      return { kind: 'shortened', text: `empty, expected ${showBriefly(wanted)}` }
    if (isSame(has, wants.slice(0, has.length)))
      return { kind: 'shortened', text: `shortened to ${sizes}` }
    const lost = wanted.filter((_, n) => !has.includes(wants[n]!))
    return {
      kind: 'shortened',
      text: `shortened to ${sizes}${lost.length > 0 ? `, without ${few(lost)}` : ''}`,
    }
  }
  const extra = actual.filter((_, n) => !wants.includes(has[n]!))
  const more = extra.length > 0 ? `with ${few(extra)}` : 'with repeated entries'
  return {
    kind: 'longer',
    text: `too long: ${counted(actual.length)} instead of ${counted(wanted.length)} entries, ${more}`,
  }
}

function few(entries: readonly unknown[]): string {
  const more = entries.length > 1 ? ` and ${counted(entries.length - 1)} more` : ''
  return `${showBriefly(entries[0])}${more}`
}

function splitAt(actual: readonly unknown[], wanted: readonly unknown[]): string | null {
  if (!actual.every(isText) || !wanted.every(isText) || wanted.length === 0) return null
  for (const [name, mark] of [
    ['commas', ','],
    ['spaces', ' '],
  ] as const) {
    if (!wanted.some((one) => one.includes(mark))) continue
    const parts = wanted.join(mark).split(mark)
    const trimmed = parts.map((part) => part.trim())
    if (isSame(actual, parts) || isSame(actual, trimmed)) return name
  }
  return null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Returns a text for each entry, equal for equal entries. */
function keysOf(entries: readonly unknown[]): string[] {
  return entries.map((one) => (typeof one === 'string' ? one : JSON.stringify(sortedKeys(one))))
}

function sortedKeys(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'undefined') return String(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(sortedKeys)
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([name, part]) => [name, sortedKeys(part)])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}
