export const secondMs = 1000
export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** From 2001 to 2286: a plausible time, and no plausible count. */
const plausible = [1e12, 1e13] as const
const lastTime = 8.64e15

/** Formats a count with commas, as in 40,017. */
export function counted(count: number): string {
  return count.toLocaleString('en-US')
}

/** Returns whether a number is a time in milliseconds, by the name of its member or by its range. */
export function isTime(value: unknown, path: string): value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (/(?:At|^at|[uU]ntil)$/.test(path)) return true
  return value >= plausible[0] && value <= plausible[1]
}

/** Formats a time as an ISO date, or as a number if no date can represent it. */
export function isoOf(time: number): string {
  return Math.abs(time) <= lastTime ? new Date(time).toISOString() : String(time)
}

/** Formats a duration in its two largest units, as in "1 h 30 min". */
export function durationOf(milliseconds: number): string {
  let rest = Math.abs(milliseconds)
  const parts: string[] = []
  for (const [size, unit] of [
    [dayMs, rest >= dayMs && rest < 2 * dayMs ? 'day' : 'days'],
    [hourMs, 'h'],
    [minuteMs, 'min'],
    [secondMs, 's'],
    [1, 'ms'],
  ] as const) {
    const count = size === 1 ? rest : Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${counted(count)} ${unit}`)
    // The smaller units of a long duration say nothing more.
    if (size === dayMs && count >= 100) break
  }
  return parts.slice(0, 2).join(' ')
}
