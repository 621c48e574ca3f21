import type { Found } from './kinds'
import { dayMs, durationOf, hourMs, isTime, isoOf, minuteMs, secondMs } from './times'

/** Returns how a number differs from the expected one. `path` tells whether they are times. */
export function numberDifference(actual: number, wanted: number, path: string): Found {
  if (isTime(wanted, path)) return timeDifference(actual, wanted)
  const both = `got ${String(actual)}, expected ${String(wanted)}`
  if (!Number.isFinite(actual) || !Number.isFinite(wanted)) return { kind: 'value', text: both }
  // A bare count can be 1000 by chance.
  const factor = path !== '' && wanted !== 0 ? factorOf(actual, wanted) : null
  if (factor) return { kind: 'factor', text: `${factor}: ${both}` }
  if (Number.isInteger(actual) && !Number.isInteger(wanted) && Math.abs(actual - wanted) < 1)
    return { kind: 'rounded', text: `rounded to a whole number: ${both}` }
  if (actual === Math.fround(wanted))
    return { kind: 'rounded', text: `rounded to 32-bit precision: ${both}` }
  if (actual === Math.trunc(wanted) % 2 ** 32 || actual === (Math.trunc(wanted) | 0))
    return { kind: 'overflow', text: `cut to 32 bits: ${both}` }
  return { kind: 'value', text: both }
}

function timeDifference(actual: number, wanted: number): Found {
  const expected = `expected ${isoOf(wanted)}`
  if (Number.isNaN(actual)) return { kind: 'value', text: `got NaN, ${expected}` }
  const factor = factorOf(actual, wanted)
  if (factor) return { kind: 'factor', text: `${factor}: ${isoOf(actual)}, ${expected}` }
  const offset = actual - wanted
  const side = offset < 0 ? 'early' : 'late'
  const text = `${isoOf(actual)}, ${durationOf(offset)} ${side}`
  const unit = roundedTo(actual, wanted)
  if (unit) return { kind: 'rounded', text: `rounded to whole ${unit}: ${text}` }
  if (actual === 2 ** 31 - 1 || actual === (2 ** 31 - 1) * secondMs)
    return { kind: 'overflow', text: `${text}, the end of 32 bits` }
  if (actual === (wanted | 0) || actual === (Math.trunc(wanted / secondMs) | 0) * secondMs)
    return { kind: 'overflow', text: `${text}, cut to 32 bits` }
  // No zone is further than 14 hours from UTC, and each is off by a quarter of an hour or more.
  if (offset % (15 * minuteMs) === 0 && Math.abs(offset) <= 14 * hourMs)
    return { kind: 'zone', text: `${text} (the offset of a time zone?)` }
  return { kind: 'time', text }
}

function factorOf(actual: number, wanted: number): string | null {
  if (wanted === 0 || actual === 0) return null
  // Seconds are often rounded.
  if (actual === wanted / secondMs || Math.trunc(actual) === Math.floor(wanted / secondMs))
    return Math.abs(wanted) >= secondMs || !Number.isInteger(actual)
      ? 'a factor of 1000 too small (seconds for milliseconds?)'
      : null
  return actual === wanted * secondMs
    ? 'a factor of 1000 too large (milliseconds for seconds?)'
    : null
}

/** Returns the unit to which a time was rounded, up or down. */
function roundedTo(actual: number, wanted: number): string | null {
  const units = [
    [secondMs, 'seconds'],
    [minuteMs, 'minutes'],
    [hourMs, 'hours'],
    [dayMs, 'days'],
  ] as const
  const unit = units.find(
    ([size]) =>
      wanted % size !== 0 &&
      (actual === Math.floor(wanted / size) * size || actual === Math.ceil(wanted / size) * size),
  )
  return unit?.[1] ?? null
}
