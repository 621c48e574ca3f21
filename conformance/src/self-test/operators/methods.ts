import type { Store } from '@oauth2-kit/core'
import type { Variant } from '../mutant'

type Method = (...args: unknown[]) => Promise<unknown>
type Breaks = NonNullable<Variant['breaks']>

/** What every call returns that finds nothing, or that has nothing to do. */
const nothing: Readonly<Record<string, unknown>> = {
  getClient: null,
  createClient: false,
  updateClient: false,
  deleteClient: undefined,
  listClients: [],
  issue: 'refused',
  find: null,
  redeem: { status: 'replayed' },
  isRedeemed: false,
  extend: 'revoked',
  revoke: 0,
  revokeAccessToken: undefined,
  listGrants: { grants: [], next: null },
  addRecord: false,
  getRecord: null,
  takeRecord: null,
  purge: { deleted: 0, more: false },
  check: [],
  getUser: null,
  getUserByUsername: null,
  createUser: false,
  updateUser: false,
  deleteUser: undefined,
  listUsers: [],
}

/** What a call returns that succeeds. */
const success: Readonly<Record<string, unknown>> = {
  createClient: true,
  updateClient: true,
  issue: 'issued',
  redeem: { status: 'redeemed' },
  isRedeemed: true,
  extend: 'extended',
  revoke: 1,
  addRecord: true,
  createUser: true,
  updateUser: true,
}

/** Every way in which one method may do less, more or something else. */
function byMethod(name: string): Record<string, Breaks> {
  const on =
    (change: (method: Method) => Method): Breaks =>
    (base) => ({ [name]: change(method(base.store, name)) })
  const read = /^(?:get|find|isRedeemed|list)/.test(name)
  return {
    'does nothing': on(() => async () => nothing[name]),
    ...(name in success && { 'does nothing and succeeds': on(() => async () => success[name]) }),
    ...(name in success && {
      'always returns success': on((method) => async (...args) => {
        await method(...args)
        return success[name]
      }),
    }),
    ...(!read &&
      nothing[name] !== undefined && {
        'always returns failure': on((method) => async (...args) => {
          await method(...args)
          return nothing[name]
        }),
      }),
    ...(!read && {
      'resolves before it is done': on((method) => async (...args) => {
        const answer = method(...args)
        answer.catch(() => {})
        // The answer is that of a call which succeeds.
        return name in success ? success[name] : nothing[name]
      }),
    }),
    // The others are idempotent.
    ...(/^(?:issue|extend|revoke|addRecord|takeRecord)$/.test(name) && {
      'returns the answer of its second call': on((method) => async (...args) => {
        await method(...args)
        return method(...args)
      }),
    }),
    // The others reject only if the database is away, which needs a wire.
    ...(/^(?:issue|extend|redeem)$/.test(name) && {
      'swallows errors': on(
        (method) =>
          (...args) =>
            method(...args).catch(() => success[name]),
      ),
    }),
    [read ? 'falls back to other namespaces' : 'acts on other namespaces too']: beyond(name, read),
    // Nothing is issued, redeemed or added to a grant twice with the same arguments.
    ...(!/^(?:issue|redeem|extend|create|update)/.test(name) && {
      'keeps its first answer for each argument': on((method) => {
        const known = new Map<string, unknown>()
        return async (...args) => {
          const key = JSON.stringify(args)
          if (!known.has(key)) known.set(key, await method(...args))
          return known.get(key)
        }
      }),
    }),
    ...(read && {
      'keeps what it has found': on((method) => {
        const known = new Map<string, unknown>()
        return async (...args) => {
          const key = JSON.stringify(args)
          const answer = known.get(key) ?? (await method(...args))
          if (!isNothing(answer)) known.set(key, answer)
          return structuredClone(answer)
        }
      }),
      'keeps what it has not found': on((method) => {
        const missed = new Set<string>()
        return async (...args) => {
          const key = JSON.stringify(args)
          if (missed.has(key)) return nothing[name]
          const answer = await method(...args)
          if (isNothing(answer)) missed.add(key)
          return answer
        }
      }),
      'keeps what it has found for a minute': on((method) => {
        const known = new Map<string, [unknown, number]>()
        return async (...args) => {
          const key = JSON.stringify(args)
          const found = known.get(key)
          if (found && found[1] > Date.now()) return structuredClone(found[0])
          const answer = await method(...args)
          if (!isNothing(answer)) known.set(key, [answer, Date.now() + 60_000])
          return structuredClone(answer)
        }
      }),
    }),
    ...(read &&
      name !== 'isRedeemed' && {
        'returns the same object each time': on((method) => {
          const known = new Map<string, [string, unknown]>()
          return async (...args) => {
            const key = JSON.stringify(args)
            const answer = await method(...args)
            const text = JSON.stringify(answer)
            const before = known.get(key)
            if (before?.[0] === text) return before[1]
            known.set(key, [text, answer])
            return answer
          }
        }),
      }),
    ...(read &&
      name !== 'listGrants' && {
        'returns undefined for nothing': on((method) => async (...args) => {
          const answer = await method(...args)
          return isNothing(answer) ? undefined : answer
        }),
      }),
  }
}

function isNothing(answer: unknown): boolean {
  const list: unknown =
    typeof answer === 'object' && answer !== null && 'grants' in answer ? answer.grants : answer
  return answer === null || answer === false || (Array.isArray(list) && list.length === 0)
}

/** A method that looks into other namespaces, or changes them. */
function beyond(name: string, reads: boolean): Breaks {
  const benches = new WeakMap<object, Set<Store>>()
  return ({ store, bench }) => {
    const stores = benches.get(bench) ?? new Set()
    benches.set(bench, stores.add(store))
    return {
      [name]: async (...args: unknown[]) => {
        let answer = await method(store, name)(...args)
        for (const other of stores) {
          if (other === store || (reads && !isNothing(answer))) continue
          const found = await method(other, name)(...args).catch(() => answer)
          if (reads) answer = found
        }
        return answer
      },
    }
  }
}

function method(store: Store, name: string): Method {
  return (store[name as keyof Store] as Method).bind(store)
}

/** Every method, with every way to do less, more or something else. */
export function methodVariants(): Variant[] {
  return Object.keys(nothing).flatMap((name) =>
    Object.entries(byMethod(name)).map(([what, breaks]) => ({ name: `${name}() ${what}`, breaks })),
  )
}
