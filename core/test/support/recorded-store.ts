import type { Store } from '@oauth2-kit/core'

/** A store that records the arguments of all calls as text. */
export function recordedStore<S extends Store>(store: S): { store: S; given: () => string } {
  const given: string[] = []
  const recorded = Object.entries(store).map(([name, value]) => [
    name,
    typeof value === 'function'
      ? (...args: unknown[]) => {
          given.push(`${name} ${JSON.stringify(args)}`)
          return (value as (...args: unknown[]) => unknown).apply(store, args)
        }
      : value,
  ])
  return { store: Object.fromEntries(recorded) as S, given: () => given.join('\n') }
}
