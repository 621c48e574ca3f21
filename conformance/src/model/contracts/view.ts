/**
 * Returns an object with other names for the members of a result. A change of one of its members
 * changes that member of the result.
 */
export function viewOf(
  found: object,
  members: Readonly<Record<string, readonly [get: () => unknown, set: (value: unknown) => void]>>,
): object {
  const view = {}
  for (const [name, [get, set]] of Object.entries(members))
    Object.defineProperty(view, name, { get, set, enumerable: true })
  originals.set(view, found)
  return view
}

/** Returns the result as the model returned it. */
export function originalOf(found: unknown): unknown {
  return originals.get(found as object) ?? found
}

/** Returns how to read and write a member of an object. */
export function member(
  object: object,
  name: string,
): readonly [get: () => unknown, set: (value: unknown) => void] {
  return [() => Reflect.get(object, name), (value) => void Reflect.set(object, name, value)]
}

/** The result of the model for each view of it. */
const originals = new WeakMap<object, object>()
