import { inspect, types } from 'node:util'
import { isTime, isoOf } from './times'

/** Formats a value for people, and truncates long ones. */
export function show(value: unknown): string {
  const text = inspect(value, {
    depth: 4,
    breakLength: Infinity,
    compact: true,
    maxStringLength: 80,
    sorted: true,
  })
  return text.length > 400 ? `${text.slice(0, 400)} …` : text
}

/**
 * Formats a value within about 100 characters, to be named beside another one. A time is shown as a
 * date. `name` is the member that has the value.
 */
export function showBriefly(value: unknown, name = ''): string {
  if (isTime(value, name) && value !== 0) return isoOf(value)
  const text = inspect(dated(value), {
    depth: 1,
    breakLength: Infinity,
    compact: true,
    maxArrayLength: 4,
    maxStringLength: 40,
  })
  const short = shortened(text)
  return short.length > 100 ? `${short.slice(0, 99)}…` : short
}

/** Keeps only the first digits of hashes and ids. */
export function shortened(text: string): string {
  return text.replaceAll(/\b([0-9a-f]{8})[0-9a-f]{24,}('\.\.\. \d+ more characters)?/g, '$1…')
}

/** Returns the value with a Date in place of every time. */
function dated(value: unknown): unknown {
  // Only the first entries are shown.
  if (Array.isArray(value)) return value.map((one, n) => (n < 5 ? dated(one) : one) as unknown)
  if (types.isDate(value) || !isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      isTime(part, name) && part !== 0 ? new Date(part) : dated(part),
    ]),
  )
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
