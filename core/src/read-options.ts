import { isObject } from './is-object'

/** Whether a value may stand there, and what to say where it may not. */
export type Rule = readonly [holds: (value: unknown) => boolean, rule: string]

/** The options that something takes, each with its rule. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule }

/** How options are read. */
export interface Reading {
  /** Who takes the options, such as `authorise()`. */
  of: string
  /** What stands at the end where something else than an object was given. */
  example?: string
  /** Whether an option that is there but undefined counts as left out. @default true */
  undefinedIsLeftOut?: boolean
}

/**
 * The options, in a copy. Throws a TypeError for anything else than a plain object, for an unknown
 * name, with the nearest known one, and for a value that breaks its rule.
 */
export function readOptions<T extends object>(
  options: unknown,
  rules: Rules<T>,
  { of, example, undefinedIsLeftOut = true }: Reading,
): T {
  if (!isPlainObject(options)) {
    const fix = example === undefined ? '' : `: write ${example}`
    throw new TypeError(`${of} takes an object with options${fix}`)
  }
  const given = Object.entries(options).filter(
    ([name, value]) => value !== undefined || !undefinedIsLeftOut || !Object.hasOwn(rules, name),
  )
  for (const [name, value] of given) {
    assertKnown(name, Object.keys(rules), of)
    const [holds, rule] = rules[name as keyof T]
    if (!holds(value)) throw new TypeError(`"${name}" ${rule}`)
  }
  return Object.fromEntries(given) as T
}

/** Throws a TypeError for an unknown name, with the nearest known one. */
export function assertKnown(name: string, known: readonly string[], of: string): void {
  if (known.includes(name)) return
  const nearest = nearestOf(name, known)
  const hint = nearest === undefined ? '' : `: did you mean "${nearest}"?`
  throw new TypeError(
    `"${name}" is an unknown option of ${of}${hint || ';'} The options are ${known.join(', ')}`,
  )
}

/** Throws a TypeError if anything was given to what takes no options, a request for example. */
export function assertNoOptions(given: readonly unknown[], of: string): void {
  if (given.length === 0) return
  throw new TypeError(`${of} takes no options, and makes a middleware: call it first`)
}

/** Whether something was written as `{ ... }`: no array, no request, no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value) || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  // The prototype of all objects has none itself; that of another realm is not the one of this.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The known name that was meant most likely, or `undefined`. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(name.length / 3))
  const [nearest] = known
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance)
  return nearest?.other
}

/** How many characters must be put in, taken out or changed (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 0; i < Math.min(a.length, 64); i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const changed = row[j]! + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(changed, row[j + 1]! + 1, next[j]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
