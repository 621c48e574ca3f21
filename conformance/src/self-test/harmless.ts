import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import type { Store } from '@oauth2-kit/core'
import type { CredentialRow } from '../reference/tables'
import { harmlessModels } from './harmless-models'
import { harmlessPromiseModels } from './harmless-promise-models'
import { type Variant, answers } from './mutant'

type Method = (...args: unknown[]) => Promise<unknown>

/** Wraps every method of a store. */
function everyCall(
  store: Required<Store>,
  call: (method: Method, args: unknown[]) => Promise<unknown>,
): Partial<Store> {
  const methods = Object.entries(store).filter(([, member]) => typeof member === 'function')
  return Object.fromEntries(
    methods.map(([name, method]) => [
      name,
      async (...args: unknown[]) => call(method as Method, args),
    ]),
  )
}

/** Wraps every method of a store to change its result. */
function everyAnswer(store: Required<Store>, change: (answer: unknown) => unknown): Partial<Store> {
  return everyCall(store, async (method, args) => change(await method(...args)))
}

function frozenStore(store: Store): Store {
  for (const member of Object.values(store)) Object.freeze(member)
  return Object.freeze(store)
}

/** A store whose methods need the store itself as `this`. */
class Guarded {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    for (const [name, member] of Object.entries(store)) {
      if (typeof member !== 'function') continue
      Object.defineProperty(Guarded.prototype, name, {
        configurable: true,
        value: function (this: Guarded, ...args: unknown[]) {
          return (this.#store[name as keyof Store] as Method)(...args)
        },
      })
    }
  }

  get supports() {
    return this.#store.supports
  }
}

class Answer {
  constructor(members: object) {
    Object.assign(this, members)
  }

  describe(): string {
    return JSON.stringify(this)
  }
}

let isFirstPurge = true

/** Correct stores and models, each unusual in a way that a careless suite reports as a failure. */
export const harmless: readonly Variant[] = [
  { name: 'the reference store' },
  { name: 'the reference store, over a wire and in processes', served: true },
  { name: 'a database that removes expired entries by itself', native: true },
  {
    name: 'every method resolves late',
    breaks: ({ store }) =>
      everyAnswer(store, async (answer) => {
        await (Math.random() < 0.02 ? pause(5) : turn())
        return answer
      }),
  },
  {
    name: 'the first purge() takes seconds, as if it had much to remove',
    breaks: ({ store }) => ({
      async purge(before, limit) {
        // This is longer than any other call may take here.
        if (isFirstPurge) await pause(3500)
        isFirstPurge = false
        return store.purge(before, limit)
      },
    }),
  },
  {
    name: 'results have additional members',
    breaks: ({ store }) => everyAnswer(store, (answer) => withMore(answer)),
  },
  {
    name: 'find() returns empty "data" once a successor is redeemed in turn',
    breaks: ({ store, run }) => ({
      find: answers(store.find, async (found, hash) => {
        const where = { claims: hash }
        const made = await run<CredentialRow[]>({ do: 'select', table: 'credentials', where })
        for (const one of found ? made : []) {
          if (await store.isRedeemed({ hash: one.hash, grant: found!.grant }))
            return { ...found, data: '' }
        }
        return found
      }),
    }),
  },
  {
    name: 'the pages of listGrants() are short and in another order, and the last one is empty',
    breaks: ({ store }) => ({
      async listGrants(selector, { after, limit }) {
        const all = (await store.listGrants(selector, { limit: 100_000 })).grants
        const [newest, oldest] = [all.toReversed(), limit > 2 ? limit - 1 : limit]
        const rest = newest.filter(({ id }) => after === undefined || id < after.slice(1))
        const grants = rest.slice(0, oldest)
        const last = grants.at(-1)
        return { grants, next: last ? `<${last.id}` : null }
      },
    }),
  },
  {
    name: 'addRecord() and takeRecord() take two requests each',
    served: true,
    breaks: ({ store }) => ({
      supports: Object.freeze({
        ...store.supports,
        roundTrips: Object.freeze({ ...store.supports.roundTrips, addRecord: 2, takeRecord: 2 }),
      }),
      addRecord: async (record) =>
        (await store.getRecord(record.key)) === null && store.addRecord(record),
      takeRecord: async (key) => (await store.getRecord(key)) && store.takeRecord(key),
    }),
  },
  { name: 'the store is frozen, with its methods', whole: (store) => frozenStore(store) },
  {
    name: 'the store is a Proxy over a frozen store',
    whole: (store) => new Proxy(Object.freeze({ ...store }), {}),
  },
  {
    name: 'the store is an instance of a class with private fields',
    whole: (store) => new Guarded(store),
  },
  {
    name: 'metadata comes back with its keys in another order, as from JSONB',
    breaks: ({ store }) => everyAnswer(store, reordered),
  },
  {
    name: 'every second page of listGrants() is empty, and its cursors are long',
    breaks: ({ store }) => ({
      async listGrants(selector, { after, limit }) {
        if (after?.startsWith('empty ')) return { grants: [], next: after.slice('empty '.length) }
        const { grants, next } = await store.listGrants(
          selector,
          after === undefined ? { limit } : { after: after.trim(), limit },
        )
        return { grants, next: next && `empty ${next.padEnd(600)}` }
      },
    }),
  },
  {
    name: 'purge() removes few entries at a time, and says "more" once too often',
    breaks({ store }) {
      let isSure = false
      return {
        async purge(before, limit) {
          const purged = await store.purge(before, Math.min(limit, 2))
          const more: boolean = purged.more || (purged.deleted > 0 && !isSure)
          isSure = !more
          return { ...purged, more }
        },
      }
    },
  },
  {
    name: 'calls run one after the other, and a key that is no text rejects',
    breaks({ store }) {
      let last: Promise<unknown> = Promise.resolve()
      return everyCall(store, (method, args) => {
        if (args.length === 1 && typeof args[0] !== 'string' && typeof args[0] !== 'object')
          return Promise.reject(new RangeError('The key is not a text'))
        const next = last.then(() => method(...args))
        last = next.catch(() => {})
        return next
      })
    },
  },
  { name: 'results are frozen', breaks: ({ store }) => everyAnswer(store, frozen) },
  {
    name: 'results are instances of a class',
    breaks: ({ store }) =>
      everyAnswer(store, (answer) => (isRecord(answer) ? new Answer(answer) : answer)),
  },
  ...harmlessModels,
  ...harmlessPromiseModels,
]

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, withMore)
  return isRecord(value) ? { ...value, _id: 7, __v: 0 } : value
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}

/** Returns a value with the keys of every object in reverse order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, reordered)
  if (!isRecord(value)) return value
  const copy: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(value).toReversed())
    Object.defineProperty(copy, name, {
      value: reordered(part),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  return copy
}
