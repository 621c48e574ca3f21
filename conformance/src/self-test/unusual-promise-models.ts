import {
  type PromiseCode,
  type PromiseModel,
  type PromiseToken,
  type PromiseUser,
  type Shelf,
  keyOf,
  knownScopes,
  memoryShelf,
  partsOf,
  referencePromiseModel,
} from '../reference/promise-model'
import { digest } from '../reference/model'
import type { PromiseBase } from './mutant'
import { replacing } from './promise-answers'

// Correct promise models, as some databases and libraries make them.

type Loose = (...args: unknown[]) => unknown

/** A document as an object mapper returns it: its members are getters of its class. */
export class Document {
  constructor(private readonly row: Record<string, unknown>) {
    for (const name of Object.keys(row))
      Object.defineProperty(this, name, { get: () => this.row[name], enumerable: true })
  }

  save(): void {}
}

/** A model as a class, whose functions are on its prototype and use `this`. */
export class PromiseModelClass {
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
export function synchronous({ entries }: PromiseBase): object {
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
export function marking(isFound: boolean) {
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
export function withForeignKeys({ model, shelf, entries }: PromiseBase): object {
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

/** What a database of documents has as an "_id": an object, which is no text. */
interface ObjectId {
  toString(): string
}

/** The "_id" of the document of each user. */
const objectIds = new Map<string | number, ObjectId>()

function objectIdOf(id: string | number): ObjectId {
  const known = objectIds.get(id) ?? { toString: () => String(id) }
  objectIds.set(id, known)
  return known
}

function idOf({ _id }: { _id?: ObjectId }): { id: string } {
  return { id: _id?.toString() ?? '' }
}

/**
 * Keeps the documents of the client and the user, and joins them when it finds a token: what belongs
 * to a client or user that does not exist is not found.
 */
export function joining({ model, shelf, entries }: PromiseBase): object {
  const join = async (
    found: { client: { id: string }; user: { id: string | number } } | null | undefined | false,
  ): Promise<unknown> => {
    if (!found) return null
    const client = await model.getClient(found.client.id, null)
    const isUser = [...entries].some(
      ([key, text]) =>
        key.startsWith('user:') && (JSON.parse(text) as { id: unknown }).id === found.user.id,
    )
    const isOfClient =
      (await shelf.get(String(found.user.id).replace('service-of-', 'client:'))) !== null
    if (!client || !(isUser || isOfClient)) return null
    return { ...found, client, user: { _id: objectIdOf(found.user.id) } }
  }
  return {
    ...model,
    async getUser(...args: Parameters<PromiseModel['getUser']>) {
      const user = await model.getUser(...args)
      return user && { _id: objectIdOf(user.id) }
    },
    async getUserFromClient(client: { id: string }) {
      const user = await model.getUserFromClient(client)
      return user && { _id: objectIdOf(user.id) }
    },
    saveToken: async (token: PromiseToken, client: { id: string }, user: { _id: ObjectId }) => ({
      ...(await model.saveToken(token, client, idOf(user))),
      user,
    }),
    saveAuthorizationCode: async (
      code: PromiseCode,
      client: { id: string },
      user: { _id: ObjectId },
    ) => model.saveAuthorizationCode(code, client, idOf(user)),
    getAccessToken: async (token: string) => join(await model.getAccessToken(token)),
    getRefreshToken: async (token: string) => join(await model.getRefreshToken(token)),
    getAuthorizationCode: async (code: string) => join(await model.getAuthorizationCode(code)),
  }
}

/** Has keys of its own for clients, which it looks up by another text. */
export const withClientKeys = replacing(({ model }) => ({
  async getClient(id: string, secret?: string | null) {
    const found = await model.getClient(id, secret)
    return found && { ...found, id: numberOf(id), clientId: id }
  },
  getUserFromClient: async ({ clientId }: { clientId: string }) =>
    model.getUserFromClient({ id: clientId }),
}))

function numberOf(id: string): number {
  return Number.parseInt(digest(id).slice(0, 10), 16)
}

/** Refuses scopes in the form of the other versions of the servers. */
export function onlyWith(isRight: (scope: unknown) => boolean) {
  const check = (scope: unknown) => {
    if (scope !== undefined && !isRight(scope)) throw new TypeError('This scope has another form')
  }
  return replacing(({ model }) => ({
    async saveToken(...args: Parameters<PromiseModel['saveToken']>) {
      check(args[0].scope)
      return model.saveToken(...args)
    },
    async saveAuthorizationCode(...args: Parameters<PromiseModel['saveAuthorizationCode']>) {
      check(args[0].scope)
      return model.saveAuthorizationCode(...args)
    },
    async validateScope(...args: Parameters<PromiseModel['validateScope']>) {
      check(args[2])
      return model.validateScope(...args)
    },
    async verifyScope(...args: Parameters<PromiseModel['verifyScope']>) {
      check(args[1])
      return model.verifyScope(...args)
    },
  }))
}

/** Takes a scope apart as a text, but keeps any value. */
export const onTexts = replacing(({ model }) => ({
  async validateScope(user: object, client: { id: string }, scope?: string) {
    const asked = scope ?? 'profile'
    const isKnown = asked.split(' ').every((one) => knownScopes.includes(one))
    return isKnown && model.validateScope(user as PromiseUser, client, asked)
  },
  async verifyScope(token: { scope?: string }, scope: string) {
    const has = token.scope?.split(' ') ?? []
    return scope.split(' ').every((one) => has.includes(one))
  },
}))

/** Throws an error of OAuth in place of returning nothing, as the errors of the servers are. */
export function refusing(name: 'invalid_client' | 'invalid_grant' | 'invalid_scope') {
  return <T>(result: T): T => {
    if (result) return result
    throw Object.assign(new Error('Refused'), { name, code: 400 })
  }
}
