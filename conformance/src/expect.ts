import { inspect, isDeepStrictEqual, types } from 'node:util'

/** A promise that a store has broken. The message says what was seen, and what should have been. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

/** Fails unless the two are equal in every part. */
export function equal(actual: unknown, wanted: unknown, what: string): void {
  if (isSame(actual, wanted)) return
  throw new Failure(`${what}: ${show(actual)}, where ${show(wanted)} was wanted`)
}

/** Whether the two are equal in every part. */
export function isSame(actual: unknown, wanted: unknown): boolean {
  return isDeepStrictEqual(plain(actual), plain(wanted))
}

/** Fails unless it holds. */
export function holds(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Failure(what)
}

/** Whether it is an Error, of whatever realm: a test runner may give each file its own. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error
}

/** The Error that a call rejects with; fails if it resolves, or rejects with something else. */
export async function rejection(call: Promise<unknown>, what: string): Promise<Error> {
  let answer: unknown
  try {
    answer = await call
  } catch (error) {
    if (isError(error)) return error
    throw new Failure(`${what} rejected with ${show(error)}, which is no Error`)
  }
  throw new Failure(`${what} resolved with ${show(answer)}, where it should have rejected`)
}

/** Rejects with a Failure if the answer takes longer. */
export async function within<T>(milliseconds: number, call: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Failure(`${what} did not answer within ${milliseconds} ms`)),
      milliseconds,
    )
  })
  try {
    return await Promise.race([call, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A value as people read it, cut where it gets long. */
export function show(value: unknown): string {
  const text = inspect(value, {
    depth: 4,
    breakLength: Infinity,
    maxStringLength: 80,
    sorted: true,
  })
  return text.length > 400 ? `${text.slice(0, 400)} …` : text
}

/** Without prototypes: a store may give instances of its own classes. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([name, part]) => [name, plain(part)])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}
