import { setTimeout as pause } from 'node:timers/promises'
import { referenceModel } from '../reference/model'
import {
  type PromiseModel,
  type PromiseToken,
  type Shelf,
  grantTypes,
  keyOf,
  memoryShelf,
  partsOf,
  referencePromiseModel,
} from '../reference/promise-model'
import { asPromiseModel } from './as-promise-model'
import type { PromiseBase, Variant } from './mutant'
import { changing, changingHit, replacing } from './promise-answers'

type Loose = (...args: unknown[]) => unknown

/** Wraps every function of the model. */
function eachFunction(wrap: (fn: Loose, name: string) => Loose) {
  return ({ model }: PromiseBase): object =>
    Object.fromEntries(Object.entries(model).map(([name, fn]) => [name, wrap(fn as Loose, name)]))
}

const finders = ['getAccessToken', 'getRefreshToken', 'getAuthorizationCode'] as const

/** Leaves out functions. */
function lacking(...names: (keyof PromiseModel)[]) {
  return replacing(() => Object.fromEntries(names.map((name) => [name, undefined])))
}

/** A document as an object mapper returns it: its members are getters of its class. */
class Document {
  constructor(private readonly row: Record<string, unknown>) {
    for (const name of Object.keys(row))
      Object.defineProperty(this, name, { get: () => this.row[name], enumerable: true })
  }

  save(): void {}
}

/** A model as a class, whose functions are on its prototype and use `this`. */
class PromiseModelClass {
  readonly inner: PromiseModel

  constructor(shelf: Shelf) {
    this.inner = referencePromiseModel(shelf)
  }
}
for (const name of Object.keys(referencePromiseModel(memoryShelf(new Map()))))
  Object.defineProperty(PromiseModelClass.prototype, name, {
    value(this: { inner: Record<string, Loose> }, ...args: unknown[]) {
      return this.inner[name]!(...args)
    },
  })

/** Returns the model in memory whose functions return values in place of promises. */
function synchronous({ entries }: PromiseBase): object {
  const get = (key: string) => JSON.parse(entries.get(key) ?? 'null') as never
  const model = referencePromiseModel(memoryShelf(entries))
  return {
    ...model,
    getUserFromClient: ({ id }: { id: string }) =>
      entries.has(`client:${id}`) ? { id: `service-of-${id}` } : null,
    getAccessToken(accessToken: string) {
      const row = get(keyOf('access', accessToken)) as {
        clientId: string
        userId: string
        expires: number
        scope?: string[]
      } | null
      if (!row) return undefined
      const { clientId, userId, expires, scope } = row
      const accessTokenExpiresAt = new Date(expires)
      return {
        accessToken,
        accessTokenExpiresAt,
        client: { id: clientId },
        user: { id: userId },
        scope,
      }
    },
    revokeToken: ({ refreshToken }: PromiseToken) =>
      entries.delete(keyOf('refresh', refreshToken!)),
    revokeAuthorizationCode: ({ authorizationCode }: { authorizationCode: string }) =>
      entries.delete(keyOf('code', authorizationCode)),
    verifyScope: ({ scope }: PromiseToken, wanted: string[]) =>
      partsOf(wanted).every((one) => partsOf(scope).includes(one)),
  }
}

/** Marks what is revoked, and still finds it: revoking it again returns false. */
function marking(isFound: boolean) {
  return replacing(({ model, shelf }) => {
    const once = async (key: string) => {
      const mark = await shelf.take(`live ${key}`)
      return mark !== null
    }
    const isLive = async (key: string) => isFound || (await shelf.get(`live ${key}`)) !== null
    return {
      async saveToken(...args: Parameters<PromiseModel['saveToken']>) {
        const { refreshToken } = args[0]
        if (refreshToken) await shelf.put(`live ${keyOf('refresh', refreshToken)}`, '1')
        return model.saveToken(...args)
      },
      async saveAuthorizationCode(...args: Parameters<PromiseModel['saveAuthorizationCode']>) {
        await shelf.put(`live ${keyOf('code', args[0].authorizationCode)}`, '1')
        return model.saveAuthorizationCode(...args)
      },
      revokeToken: ({ refreshToken }: PromiseToken) => once(keyOf('refresh', refreshToken!)),
      revokeAuthorizationCode: (code: { authorizationCode: string }) =>
        once(keyOf('code', code.authorizationCode)),
      getRefreshToken: async (token: string) =>
        (await isLive(keyOf('refresh', token))) && model.getRefreshToken(token),
      getAuthorizationCode: async (code: string) =>
        (await isLive(keyOf('code', code))) && model.getAuthorizationCode(code),
    }
  })
}

/** Refuses to save for clients or users that do not exist, as foreign keys do. */
function withForeignKeys({ model, shelf, entries }: PromiseBase): object {
  const check = async (client: { id: string }, user: { id: unknown }) => {
    const users = [...entries].filter(([key]) => key.startsWith('user:'))
    const isKnown = users.some(([, text]) => (JSON.parse(text) as { id: unknown }).id === user.id)
    const isClient = (await shelf.get(`client:${client.id}`)) !== null
    if (!isClient || !(isKnown || user.id === `service-of-${client.id}`))
      throw new Error('Violates a foreign key')
  }
  return {
    ...model,
    async saveToken(...args: Parameters<PromiseModel['saveToken']>) {
      await check(args[1], args[2])
      return model.saveToken(...args)
    },
    async saveAuthorizationCode(...args: Parameters<PromiseModel['saveAuthorizationCode']>) {
      await check(args[1], args[2])
      return model.saveAuthorizationCode(...args)
    },
  }
}

/** Correct promise models, each unusual in a way that a careless suite reports. */
export const harmlessPromiseModels: readonly Variant[] = [
  { name: 'a promise model', promiseModel: ({ model }) => model },
  {
    name: 'a promise model over the wire and in processes',
    served: true,
    promiseModel: ({ model }) => model,
  },
  {
    name: 'a 2.4 model that is presented as a promise model',
    promiseModel: ({ content, entries }) =>
      asPromiseModel(referenceModel(content), content, entries),
  },
  {
    name: 'a promise model that answers late and in any order',
    promiseModel: eachFunction((fn) => async (...args) => {
      await pause(Math.random() < 0.02 ? 3 : 0)
      return fn(...args)
    }),
  },
  {
    name: 'a promise model that returns thenables, as query builders do',
    promiseModel: eachFunction((fn) => (...args) => ({
      // oxlint-disable-next-line unicorn/no-thenable -- query builders return such objects
      then: (resolve: Loose, reject: Loose) => Promise.resolve(fn(...args)).then(resolve, reject),
    })),
  },
  {
    name: 'a promise model that resolves with undefined on a miss',
    promiseModel: eachFunction(
      (fn) =>
        async (...args) =>
          (await fn(...args)) ?? undefined,
    ),
  },
  {
    name: 'a promise model that resolves with false on a miss',
    promiseModel: eachFunction(
      (fn) =>
        async (...args) =>
          (await fn(...args)) ?? false,
    ),
  },
  {
    name: 'a promise model whose functions use `this`',
    promiseModel: ({ model }) => ({
      inner: model,
      ...eachFunction(
        (_, name) =>
          function (this: { inner: Record<string, Loose> }, ...args: unknown[]) {
            return this.inner[name]!(...args)
          },
      )({ model } as PromiseBase),
    }),
  },
  {
    name: 'a promise model as an instance of a class',
    promiseModel: ({ shelf }) => new PromiseModelClass(shelf),
  },
  {
    name: 'a promise model that is frozen, and returns frozen results with more members',
    promiseModel: (base) =>
      Object.freeze(
        eachFunction((fn) => async (...args) => {
          const result = await fn(...args)
          const isObject = typeof result === 'object' && result !== null && !Array.isArray(result)
          return isObject ? Object.freeze({ ...result, _id: 7, createdAt: new Date() }) : result
        })(base),
      ),
  },
  {
    name: 'a promise model that returns documents with getters',
    promiseModel: replacing(({ model }) =>
      Object.fromEntries(
        [...finders, 'getClient' as const].map((name) => [
          name,
          async (...args: unknown[]) => {
            const found = await (model[name] as Loose)(...args)
            return found && new Document(found as Record<string, unknown>)
          },
        ]),
      ),
    ),
  },
  {
    name: 'a promise model whose clients may use more grant types, and have lifetimes',
    promiseModel: changingHit('getClient', (client) => ({
      ...client,
      grants: [...grantTypes, 'urn:ietf:params:oauth:grant-type:device_code'],
      accessTokenLifetime: 600,
      refreshTokenLifetime: 86_400,
    })),
  },
  { name: 'a promise model that marks what is revoked', promiseModel: marking(false) },
  {
    name: 'a promise model that still finds what is revoked, but revokes it only once',
    promiseModel: marking(true),
  },
  {
    name: 'a promise model without refresh tokens',
    promiseModel: lacking('getRefreshToken', 'revokeToken', 'generateRefreshToken'),
  },
  {
    name: 'a promise model without codes',
    promiseModel: lacking(
      'getAuthorizationCode',
      'saveAuthorizationCode',
      'revokeAuthorizationCode',
      'generateAuthorizationCode',
    ),
  },
  {
    name: 'a promise model for client credentials only',
    promiseModel: lacking(
      'getUser',
      'getRefreshToken',
      'revokeToken',
      'getAuthorizationCode',
      'saveAuthorizationCode',
      'revokeAuthorizationCode',
      'generateAccessToken',
      'generateRefreshToken',
      'generateAuthorizationCode',
      'validateScope',
      'verifyScope',
      'validateRedirectUri',
    ),
  },
  { name: 'a promise model with functions that return values', promiseModel: synchronous },
  {
    name: 'a promise model whose saveToken() returns only what the servers need',
    promiseModel: changing('saveToken', ({ accessToken, accessTokenExpiresAt, ...saved }) => {
      const { refreshToken, refreshTokenExpiresAt, scope, client, user } = saved
      return {
        accessToken,
        accessTokenExpiresAt,
        ...(refreshToken !== undefined && { refreshToken, refreshTokenExpiresAt }),
        scope,
        client: { id: client.id },
        user: { id: user.id },
      }
    }),
  },
  {
    name: 'a promise model whose saveToken() returns the object that it has received',
    promiseModel: replacing(({ model }) => ({
      async saveToken(...args: Parameters<PromiseModel['saveToken']>) {
        await model.saveToken(...args)
        return Object.assign(args[0], { client: args[1], user: args[2] })
      },
    })),
  },
  {
    name: 'a promise model that returns the whole client and user with every token',
    promiseModel: replacing(({ model }) =>
      Object.fromEntries(
        finders.map((name) => [
          name,
          async (token: string) => {
            const found = await model[name](token)
            if (!found) return null
            const client = (await model.getClient(found.client.id, null)) || found.client
            return { ...found, client, user: { ...found.user, name: 'A user', roles: ['a'] } }
          },
        ]),
      ),
    ),
  },
  {
    name: 'a promise model that does not find what has expired',
    promiseModel: replacing(({ model }) => ({
      async getAccessToken(token: string) {
        const found = await model.getAccessToken(token)
        return found && isCurrent(found.accessTokenExpiresAt) ? found : null
      },
      async getRefreshToken(token: string) {
        const found = await model.getRefreshToken(token)
        return found && isCurrent(found.refreshTokenExpiresAt) ? found : null
      },
      async getAuthorizationCode(code: string) {
        const found = await model.getAuthorizationCode(code)
        return found && isCurrent(found.expiresAt) ? found : null
      },
    })),
  },
  {
    name: 'a promise model with foreign keys, which refuses unknown clients and users',
    promiseModel: withForeignKeys,
  },
  {
    name: 'a promise model that has data in its first instance only',
    promiseModel: ({ model, entries }) => {
      if (entries.has('created')) return referencePromiseModel(memoryShelf(new Map()))
      entries.set('created', 'true')
      return model
    },
  },
]

function isCurrent(expires: Date | undefined): boolean {
  return expires === undefined || expires.getTime() > Date.now()
}
