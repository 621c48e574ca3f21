type Method = (...args: unknown[]) => unknown

/**
 * Returns an object with the members of `store`, whose methods are those that `wrap` returns. Each
 * method runs on the store itself, which may use private fields.
 */
export function wrapped<T extends object>(
  store: T,
  wrap: (name: string, method: Method) => Method,
): T {
  const member = (name: string | symbol): unknown => {
    const value: unknown = Reflect.get(store, name, store)
    if (typeof value !== 'function' || typeof name !== 'string') return value
    return wrap(name, (...args) => Reflect.apply(value, store, args))
  }
  // The target is empty: a proxy must return the members of a frozen target as they are.
  return new Proxy({} as T, {
    // A promise that resolves with a store reads "then", which a store may refuse to have.
    get: (_, name) => (name === 'then' && !Reflect.has(store, name) ? undefined : member(name)),
    has: (_, name) => Reflect.has(store, name),
    set: (_, name, value) => Reflect.set(store, name, value, store),
    ownKeys: () => Reflect.ownKeys(store),
    getPrototypeOf: () => Reflect.getPrototypeOf(store),
    getOwnPropertyDescriptor(_, name) {
      const found = Reflect.getOwnPropertyDescriptor(store, name)
      if (!found) return undefined
      const { enumerable = false } = found
      return { value: member(name), enumerable, writable: true, configurable: true }
    },
  })
}
