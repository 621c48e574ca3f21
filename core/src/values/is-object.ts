/** Returns whether a value is an object of any kind, including an array, and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Returns whether a value is a plain `{ ... }` object, not an array or an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value) || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  // Another realm has its own Object.prototype, so this checks that the prototype itself has no
  // prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
