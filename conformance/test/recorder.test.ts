import { Steps, recorded } from '../src/recorder'
import { Database, directConnection } from '../src/reference/connection'
import { referenceStore } from '../src/reference/store'
import { runConformance } from '../src'
import { Failure } from '../src/expect'
import { aClient } from '../src/given'
import type { Store } from '@oauth2-kit/core'

const right = () => referenceStore(directConnection(new Database()), 'oc1')

/** A store with its methods on the prototype, which reads everything from private fields. */
class PrivateStore {
  readonly #store: Store
  #calls = 0

  constructor(store: Store) {
    this.#store = store
  }

  get supports(): Store['supports'] {
    return this.#store.supports
  }

  get calls(): number {
    return this.#calls
  }

  createClient(...args: Parameters<Store['createClient']>): Promise<boolean> {
    this.#calls++
    return this.#store.createClient(...args)
  }

  getClient(id: string): ReturnType<Store['getClient']> {
    this.#calls++
    return this.#store.getClient(id)
  }
}

function deepFrozen<T extends object>(value: T): T {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null) deepFrozen(part as object)
  return Object.freeze(value)
}

function withGetters(store: Store): Store {
  const getters = Object.keys(store).map((name) => {
    const get = () => store[name as keyof Store]
    return [name, { get, enumerable: true, configurable: false }]
  })
  return Object.freeze(Object.defineProperties({}, Object.fromEntries(getters))) as Store
}

/** Throws when a member is read that the store does not have. */
function withoutOthers(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name in target) return target[name as keyof Store]
      throw new TypeError(`No such member: ${String(name)}`)
    },
  })
}

const stores: [string, () => Store][] = [
  ['a plain store', right],
  ['a frozen store', () => Object.freeze(right())],
  ['a deeply frozen store', () => deepFrozen(right())],
  ['a store that is a Proxy over a frozen store', () => new Proxy(Object.freeze(right()), {})],
  ['a store with getters', () => withGetters(right())],
  ['a store that inherits its methods', () => Object.create(Object.freeze(right())) as Store],
  ['a Proxy that refuses to have other members', () => withoutOthers(right())],
  ['a store with private fields', () => new PrivateStore(right()) as unknown as Store],
]

describe.each(stores)('recorded(): %s', (_, create) => {
  it('has its members, and calls its methods with the store as `this`', async () => {
    const [store, steps] = [create(), new Steps()]
    const proxy = recorded(store, steps)
    const client = aClient()
    expect(await proxy.createClient(client)).toBe(true)
    expect(await proxy.getClient(client.id)).toEqual(client)
    expect(steps.lines()).toHaveLength(2)
    expect(proxy.supports).toBe(store.supports)
    expect('getClient' in proxy).toBe(true)
    expect('getTenant' in proxy).toBe(false)
    expect(typeof proxy.getClient).toBe('function')
    expect(Object.keys(proxy)).toEqual(Object.keys(store))
    expect(Object.hasOwn(proxy, 'getClient')).toBe(Object.hasOwn(store, 'getClient'))
    expect(Object.getPrototypeOf(proxy)).toBe(Object.getPrototypeOf(store))
    expect({ ...proxy }).toMatchObject(
      Object.fromEntries(Object.keys(store).map((name) => [name, expect.anything() as unknown])),
    )
  })
})

describe('recorded()', () => {
  it('returns a result that is not a promise as it is', () => {
    const proxy = recorded({ check: () => [1] }, new Steps())
    expect(proxy.check()).toEqual([1])
  })

  it('records an exception and a call that has hung', async () => {
    const steps = new Steps()
    const broken = {
      check(): Promise<never> {
        throw new Error('no connection')
      },
      find: () => Promise.reject(new Failure('find did not answer within 20 ms')),
    }
    const proxy = recorded(broken, steps)
    expect(() => proxy.check()).toThrow('no connection')
    expect(steps.evidence(null).lastCall).toEqual({ method: 'check', outcome: 'rejected' })
    await expect(proxy.find()).rejects.toThrow('find did not answer within 20 ms')
    expect(steps.evidence(null).lastCall).toEqual({ method: 'find', outcome: 'hung' })
    expect(steps.lines()[0]).toBe('check() ✗ Error: no connection')
  })
})

describe('the suite', () => {
  it.each(stores.slice(0, -1))('passes %s', async (name, create) => {
    const made = new Map<string, Store>()
    const { verdicts } = await runConformance({
      name,
      level: 'contract',
      create({ namespace }) {
        const store = made.get(namespace) ?? create()
        made.set(namespace, store)
        return { store }
      },
    })
    const failed = verdicts.filter(({ status }) => status === 'failed')
    expect(failed.map((one) => `${one.case.id}: ${one.reason}`)).toEqual([])
  })
})
