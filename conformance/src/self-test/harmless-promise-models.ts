import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { referenceModel } from '../reference/model'
import {
  type PromiseModel,
  type Scope,
  grantTypes,
  knownScopes,
  memoryShelf,
  partsOf,
  referencePromiseModel,
} from '../reference/promise-model'
import { asPromiseModel } from './as-promise-model'
import type { PromiseBase, Variant } from './mutant'
import { changing, changingHit, replacing } from './promise-answers'
import {
  Document,
  PromiseModelClass,
  joining,
  marking,
  onlyWith,
  onTexts,
  refusing,
  synchronous,
  withClientKeys,
  withForeignKeys,
} from './unusual-promise-models'

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
    name: 'a promise model that joins documents with an "_id" only',
    promiseModel: joining,
  },
  { name: 'a promise model with its own keys for clients', promiseModel: withClientKeys },
  {
    name: 'a promise model whose clients are documents with the "id" of their "_id"',
    promiseModel: (base) => {
      const model = withClientKeys(base) as PromiseModel
      return {
        ...model,
        async getClient(...args: Parameters<PromiseModel['getClient']>) {
          const found = await model.getClient(...args)
          return found && new Document({ ...found, id: `65a${Number(found.id).toString(16)}` })
        },
      }
    },
  },
  {
    name: 'a promise model for versions 3 and 4, which keeps scopes as they are',
    promiseModel: onTexts,
  },
  {
    name: 'a promise model whose verifyScope() throws for a token without a scope',
    promiseModel: replacing(({ model }) => ({
      verifyScope: async (token: { scope?: Scope }, scope: Scope) =>
        partsOf(scope).every((one) => (token.scope as string[]).includes(one)) &&
        model.verifyScope(token, scope),
    })),
  },
  {
    name: 'a promise model without validateScope() that refuses a token without a scope by an error',
    promiseModel: (base) => ({
      ...lacking('validateScope')(base),
      verifyScope: async (token: { scope: string[] }, scope: string[]) =>
        scope.every((one) => token.scope.includes(one)),
    }),
  },
  {
    name: 'a promise model for version 5, which refuses scopes as a text',
    promiseModel: onlyWith(Array.isArray),
  },
  {
    name: 'a promise model for versions 3 and 4, which refuses scopes as a list',
    promiseModel: onlyWith((scope) => typeof scope === 'string'),
  },
  {
    name: 'a promise model that refuses by errors of OAuth',
    promiseModel: (base) => ({
      ...base.model,
      ...pick(changing('getClient', refusing('invalid_client'))(base), 'getClient'),
      ...pick(changing('getUser', refusing('invalid_grant'))(base), 'getUser'),
      ...pick(changing('getRefreshToken', refusing('invalid_grant'))(base), 'getRefreshToken'),
      ...pick(changing('validateScope', refusing('invalid_scope'))(base), 'validateScope'),
    }),
  },
  {
    name: 'a promise model that generates access tokens only, of another form',
    promiseModel: (base) => ({
      ...lacking('generateRefreshToken', 'generateAuthorizationCode')(base),
      generateAccessToken: async () => `at_${randomBytes(24).toString('base64url')}`,
    }),
  },
  {
    name: 'a promise model that narrows a scope to what the client may have',
    promiseModel: changing(
      'validateScope',
      (_scope, _user: object, _client: object, wanted: Scope | undefined) => {
        const known = partsOf(wanted ?? 'profile').filter((one) => knownScopes.includes(one))
        if (known.length === 0) return false
        return Array.isArray(wanted) ? known : known.join(' ')
      },
    ),
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

function pick(model: object, name: keyof PromiseModel): object {
  return { [name]: Reflect.get(model, name) as unknown }
}

function isCurrent(expires: Date | undefined): boolean {
  return expires === undefined || expires.getTime() > Date.now()
}
