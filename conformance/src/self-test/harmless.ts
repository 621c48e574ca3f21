import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import type { Model, Store } from '@oauth2-kit/core'
import type { CredentialRow } from '../reference/tables'
import { type Variant, answers } from './mutant'

/** Wraps every method of a store to change its result. */
function everyAnswer(store: Required<Store>, change: (answer: unknown) => unknown): Partial<Store> {
  const methods = Object.entries(store).filter(([, member]) => typeof member === 'function')
  return Object.fromEntries(
    methods.map(([name, method]) => [
      name,
      async (...args: unknown[]) =>
        change(await (method as (...args: unknown[]) => Promise<unknown>)(...args)),
    ]),
  )
}

/** Returns a model whose functions return promises. */
function promised(model: Required<Model>): Model {
  return Object.fromEntries(
    Object.entries(model).map(([name, fn]) => [
      name,
      (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          // The suite passes a callback anyway.
          const given = args.filter((one) => typeof one !== 'function')
          const answer = (error: Error | null, value: unknown) =>
            error ? reject(error) : resolve(value ?? null)
          ;(fn as (...args: unknown[]) => void)(...given, answer)
        }),
    ]),
  )
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
  { name: 'results are frozen', breaks: ({ store }) => everyAnswer(store, frozen) },
  {
    name: 'results are instances of a class',
    breaks: ({ store }) =>
      everyAnswer(store, (answer) => (isRecord(answer) ? new Answer(answer) : answer)),
  },
  { name: 'a 2.4 model with callbacks', breaksModel: () => ({}) },
  { name: 'a 2.4 model with promises', breaksModel: (model) => promised(model) },
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
