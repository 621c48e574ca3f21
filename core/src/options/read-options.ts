import { isPlainObject } from '../values/is-object'
import { OptionError } from '../errors/option-error'
import type { Rules } from './rules'

/** Describes how options are read. */
export interface Reading<D> {
  /** The function that takes the options, such as `authorise()`, for error messages. */
  of: string
  /** The values of options that are left out. */
  defaults?: D
  /** The option that contains these options, such as `collections`. */
  in?: string
  /** An example for the error message if the options are not an object. */
  example?: string
  /** Whether an option with the value `undefined` counts as left out. @default true */
  undefinedIsLeftOut?: boolean
}

/** The result of reading options. Options with a default are always present. */
export type Read<T, D> = Omit<T, keyof D> & Required<Pick<T, keyof T & keyof D>>

/**
 * Returns a copy of the options with defaults. Throws an OptionError if they are not a plain
 * object, if a name is unknown, or if a value breaks its rule.
 */
export function readOptions<T extends object, D extends object = object>(
  options: unknown,
  rules: Rules<T>,
  { of, defaults, in: parent, example, undefinedIsLeftOut = true }: Reading<D & Partial<T>>,
): Read<T, D> {
  if (!isPlainObject(options)) throw noObject(of, parent, example)
  const path = (name: string) => (parent === undefined ? name : `${parent}.${name}`)
  const present = Object.entries(options).filter(
    ([name, value]) => value !== undefined || !undefinedIsLeftOut || !Object.hasOwn(rules, name),
  )
  for (const [name, value] of present) {
    assertKnown(name, Object.keys(rules), of, parent)
    const [isAllowed, says] = rules[name as keyof T]
    if (!isAllowed(value)) throw new OptionError(path(name), `"${path(name)}" ${says}`)
  }
  return { ...defaults, ...Object.fromEntries(present) } as unknown as Read<T, D>
}

function noObject(of: string, parent: string | undefined, example: string | undefined): TypeError {
  const fix = example === undefined ? '' : `: write ${example}`
  return parent === undefined
    ? new OptionError('options', `${of} takes an object with options${fix}`)
    : new OptionError(parent, `"${parent}" must be a plain object${fix}`)
}

/** Throws an OptionError that suggests the nearest known name if the name is unknown. */
export function assertKnown(
  name: string,
  known: readonly string[],
  of: string,
  parent?: string,
): void {
  if (known.includes(name)) return
  const path = parent === undefined ? name : `${parent}.${name}`
  const nearest = nearestOf(name, known)
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  throw new OptionError(
    path,
    `Unknown option "${path}" of ${of}.${hint} The options are ${known.join(', ')}`,
  )
}

/**
 * Throws an OptionError if a function without options got arguments, for example a request because
 * it was used as a middleware itself.
 */
export function assertNoOptions(args: readonly unknown[], of: string): void {
  if (args.length === 0) return
  throw new OptionError(
    'options',
    `${of} takes no options and returns a middleware: call it without arguments`,
  )
}

/** Returns the most similar known name, or `undefined` if none is similar enough. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(name.length / 3))
  const [nearest] = known
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance)
  return nearest?.other
}

/** Returns how many characters must be inserted, removed or changed (Levenshtein distance). */
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
