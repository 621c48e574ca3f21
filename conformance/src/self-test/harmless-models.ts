import { createHmac, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Callback, Model } from '@oauth2-kit/core'
import { newModelContent, referenceModel } from '../reference/model'
import type { Variant } from './mutant'
import { type Found, changed, changedHit, isFirst, stored } from './mutants/model-answers'

type Loose = (...args: unknown[]) => unknown
type Resolve = (value: unknown) => unknown

/** Returns a model whose functions return promises. */
function promised(model: Model, resolveWith: Resolve = (value) => value ?? null): Model {
  return eachFunction(model, (fn) => async (...args: unknown[]) => {
    // The suite passes a callback anyway.
    const given = args.filter((one) => typeof one !== 'function')
    return resolveWith(await answerOf(fn, given))
  })
}

function answerOf(fn: Loose, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    fn(...args, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)))
  })
}

function eachFunction(model: Model, wrap: (fn: Loose, name: string) => Loose): Model {
  return Object.fromEntries(
    Object.entries(model).map(([name, fn]) => [name, wrap(fn as Loose, name)]),
  )
}

const finders = ['getAccessToken', 'getAuthCode', 'getRefreshToken'] as const
const savers = ['saveAccessToken', 'saveAuthCode', 'saveRefreshToken'] as const

/** Changes what each finder returns of a token that it has found. */
function withFound(model: Required<Model>, change: (found: Found) => unknown): Model {
  return Object.fromEntries(finders.map((name) => [name, changedHit(model[name], change)]))
}

/** Makes each function that saves a token refuse some, with an error. */
function refusing(
  model: Required<Model>,
  isRefused: (name: string, token: string, clientId: string, userId: unknown) => boolean,
): Model {
  return Object.fromEntries(
    savers.map((name) => [
      name,
      (token: string, clientId: string, expires: Date, user: { id: unknown }, callback: Callback) =>
        isRefused(name, token, clientId, user.id)
          ? callback(new Error('Refused by the database'))
          : model[name](token, clientId, expires, user, callback),
    ]),
  )
}

/** Correct models of the 2.4 line, each unusual in a way that a careless suite reports. */
export const harmlessModels: readonly Variant[] = [
  { name: 'a 2.4 model with callbacks', breaksModel: () => ({}) },
  { name: 'a 2.4 model with promises', breaksModel: (model) => promised(model) },
  {
    name: 'a 2.4 model with promises that resolve with undefined on a miss',
    breaksModel: (model) => promised(model, (value) => value || undefined),
  },
  {
    name: 'a 2.4 model with callbacks and promises, and functions that return null and call back',
    breaksModel: (model) => ({
      ...eachFunction(model, (fn, name) => {
        if (name.startsWith('save')) return fn
        return async (...args) => {
          fn(...args)
          return null
        }
      }),
      ...promised({ getClient: model.getClient, getUser: model.getUser }),
    }),
  },
  {
    name: 'a 2.4 model that answers late and in any order',
    breaksModel: (model) =>
      eachFunction(
        model,
        (fn) =>
          (...args) =>
            void later(() => fn(...args)),
      ),
  },
  {
    name: 'a 2.4 model whose functions use `this`',
    breaksModel: (model) => {
      const own = eachFunction(
        model,
        (_, name) =>
          function (this: { inner: Record<string, Loose> }, ...args: unknown[]) {
            return this.inner[name]!(...args)
          },
      )
      return { inner: model, ...own } as Model
    },
  },
  {
    name: 'a 2.4 model that returns thenables without taking a callback',
    breaksModel: (model) =>
      eachFunction(model, (fn) => (...args) => {
        const answer = answerOf(fn, args.slice(0, -1))
        // oxlint-disable-next-line unicorn/no-thenable -- database libraries return such queries
        return { then: answer.then.bind(answer) }
      }),
  },
  {
    name: 'a 2.4 model that returns `false` on a miss, and frozen results with additional members',
    breaksModel: (model) => ({
      ...withFound(model, ({ clientId, userId, expires }) =>
        Object.freeze({
          _id: 7,
          clientId,
          expires,
          user: Object.freeze({ id: userId, name: 'x' }),
        }),
      ),
      getClient: changed(model.getClient, (client: { redirectUri: string } | null) =>
        client
          ? Object.freeze({
              ...client,
              redirectUri: Object.freeze([client.redirectUri]),
              name: 'x',
            })
          : false,
      ),
      getUser: changed(model.getUser, (user: object | null) =>
        user ? Object.freeze({ ...user, roles: ['a'] }) : false,
      ),
    }),
  },
  {
    name: 'a 2.4 model that does not find expired tokens',
    breaksModel: (model) =>
      withFound(model, (found) =>
        found.expires && found.expires.getTime() <= Date.now() ? null : found,
      ),
  },
  {
    name: 'a 2.4 model that finds a code only once, and removes it',
    breaksModel: ({ getAuthCode }) => {
      const redeemed = new Set<unknown>()
      return {
        getAuthCode: changedHit(getAuthCode, (found, code: string) => {
          if (redeemed.has(code)) return null
          redeemed.add(code)
          return found
        }),
      }
    },
  },
  {
    name: 'a 2.4 model with foreign keys, which refuses unknown clients and users',
    breaksModel: (model, { clients, users }) => ({
      ...refusing(
        model,
        (_name, _token, clientId, userId) =>
          !clients.has(clientId) || ![...users.values()].some(({ id }) => id === userId),
      ),
      getUserFromClient: changed(model.getUserFromClient, (user: unknown) => {
        const [owner] = users.values()
        return user && owner ? { id: owner.id } : null
      }),
    }),
  },
  {
    name: 'a 2.4 model that accepts only new tokens of 40 hex characters',
    breaksModel: (model, content) =>
      refusing(model, (name, token) => {
        const tables = { saveAccessToken: 'access', saveAuthCode: 'codes' } as const
        const table = tables[name as keyof typeof tables] ?? 'refresh'
        return !/^[0-9a-f]{40}$/.test(token) || stored(content, table, token) !== undefined
      }),
  },
  {
    name: 'a 2.4 model whose clients have no user, and which leaves some tokens to the server',
    breaksModel: ({ getAuthCode }) => ({
      getUserFromClient: async () => null,
      generateToken: async (type) => {
        if (type === 'accessToken') return null
        if (type === 'refreshToken') return { refreshToken: 'issued-before' }
        return `ey.${createHmac('sha256', 'key').update(randomBytes(16)).digest('base64url')}`
      },
      extendedGrant: (_grantType, _request, callback) =>
        callback({ error: 'unsupported_grant_type' }),
      getAuthCode,
    }),
  },
  {
    name: 'a 2.4 model without codes, refresh tokens, users and generated tokens',
    breaksModel: () => ({
      getAuthCode: undefined,
      saveAuthCode: undefined,
      getRefreshToken: undefined,
      saveRefreshToken: undefined,
      revokeRefreshToken: undefined,
      getUser: undefined,
      getUserFromClient: undefined,
      generateToken: undefined,
      extendedGrant: undefined,
    }),
  },
  {
    name: 'a 2.4 model with `true` in place of a client, and without codes',
    breaksModel: ({ getClient }) => ({
      getClient: changed(getClient, Boolean),
      getAuthCode: undefined,
      saveAuthCode: undefined,
    }),
  },
  {
    name: 'a 2.4 model that has data in its first instance only',
    breaksModel: (_, content) => (isFirst(content) ? {} : referenceModel(newModelContent())),
  },
]

async function later(call: () => unknown): Promise<void> {
  await pause(Math.random() < 0.02 ? 3 : 0)
  call()
}
