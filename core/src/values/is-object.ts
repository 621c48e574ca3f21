/** Whether a value is an object of any sort, arrays among them, and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Whether something was written as `{ ... }`: no array, no request, no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value) || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  // The prototype of all objects has none itself; that of another realm is not the one of this.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
