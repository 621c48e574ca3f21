import type { Client, Store, User } from '@oauth2-kit/core'
import type { Base, Variant } from '../mutant'

/**
 * Each instance keeps the clients or users that it has found until it changes them itself. `copy`
 * is applied to what it keeps and returns.
 */
export function caching(
  noun: 'Client' | 'User',
  copy: <T>(entry: T) => T = structuredClone,
): NonNullable<Variant['breaks']> {
  return ({ store }: Base): Partial<Store> => {
    const cache = new Map<string, Client | User>()
    const get = async (id: string) => {
      const found = cache.get(id) ?? (await store[`get${noun}`](id))
      if (found) cache.set(id, copy(found))
      return copy(found)
    }
    const update = (entry: { id: string }, version: string) => {
      cache.delete(entry.id)
      return store[`update${noun}`](entry as Client & User, version)
    }
    const remove = (id: string, markUntil: number) => {
      cache.delete(id)
      return store[`delete${noun}`](id, markUntil)
    }
    return { [`get${noun}`]: get, [`update${noun}`]: update, [`delete${noun}`]: remove }
  }
}
