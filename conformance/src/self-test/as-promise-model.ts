import { types } from 'node:util'
import type { Model } from '@oauth2-kit/core'
import { type ModelContent, digest, seedOf } from '../reference/model'
import {
  type PromiseCode,
  type PromiseModel,
  type PromiseToken,
  type PromiseUser,
  grantTypes,
} from '../reference/promise-model'

/** What a 2.4 model keeps of a code or token, as far as a mutant returns it. */
interface Found {
  clientId?: string | null
  userId?: unknown
  user?: unknown
  expires?: Date | null
}

type Kind = 'code' | 'access' | 'refresh'
type Loose = (...args: unknown[]) => unknown

/** Grant types that no client has: a model that allows them lists them. */
const otherTypes = ['unknown', 'urn:example:unknown', '']

/**
 * Presents a 2.4 model, right or broken, as a promise model. `entries` keeps what the 2.4 contract
 * has no room for: scopes, redirect URIs and PKCE challenges.
 */
export function asPromiseModel(
  model: Model,
  content: ModelContent,
  entries: Map<string, string>,
): Partial<PromiseModel> {
  const ask = <T>(name: keyof Model, ...args: unknown[]) => answerOf<T>(model, name, args)
  const beingRevoked = locksOf(entries)
  const has = (name: keyof Model) => typeof model[name] === 'function'

  function keep(kind: Kind, token: string, members: object): void {
    entries.set(more(kind, token), JSON.stringify(members))
  }

  function kept(kind: Kind, token: string): object {
    return JSON.parse(entries.get(more(kind, token)) ?? '{}') as object
  }

  async function generate(type: string, client: { id?: string }, user: unknown): Promise<string> {
    const request = {
      body: { client_id: client.id, password: seedOf(content).user.password },
      user,
      oauth: { client: { clientId: client.id } },
    }
    const made = await ask<string | Record<string, string>>('generateToken', type, request)
    // An object is an earlier token, which is issued again.
    return typeof made === 'object' && made !== null && type in made
      ? made[type]!
      : (made as string)
  }

  const clients: Partial<PromiseModel> = {
    async getClient(id, secret) {
      const found = await ask<{ clientId: string; redirectUri?: string[] } | null>(
        'getClient',
        id,
        secret,
      )
      if (!found) return null
      const types = [...grantTypes, ...otherTypes]
      const allowed = await Promise.all(types.map((type) => ask('grantTypeAllowed', id, type)))
      const { clientId, redirectUri } = found
      const redirectUris = [redirectUri ?? []].flat()
      return { id: clientId, redirectUris, grants: types.filter((_, n) => allowed[n]) }
    },
    ...(has('getUser') && {
      getUser: (username, password) => ask('getUser', username, password),
    }),
    ...(has('getUserFromClient') && {
      getUserFromClient({ id }) {
        const { client, otherClient } = seedOf(content)
        const one = [client, otherClient].find((each) => each.id === id)
        return ask('getUserFromClient', id, one?.secret ?? '')
      },
    }),
  }

  const tokens: Partial<PromiseModel> = {
    async saveToken(token, client, user) {
      const { accessToken, refreshToken, scope } = token
      keep('access', accessToken, { scope })
      await ask('saveAccessToken', accessToken, client.id, token.accessTokenExpiresAt ?? null, user)
      if (refreshToken && has('saveRefreshToken')) {
        keep('refresh', refreshToken, { scope })
        const expires = token.refreshTokenExpiresAt ?? null
        await ask('saveRefreshToken', refreshToken, client.id, expires, user)
      }
      return { ...token, client: { ...client }, user: { ...user } }
    },
    async getAccessToken(accessToken) {
      const found = await ask<Found | null>('getAccessToken', accessToken)
      if (!found) return null
      const { expires } = found
      const dates = { accessTokenExpiresAt: expires ?? undefined }
      return { ...kept('access', accessToken), accessToken, ...dates, ...ownerOf(found) } as never
    },
    ...(has('getRefreshToken') && {
      async getRefreshToken(refreshToken) {
        const found = await ask<Found | null>('getRefreshToken', refreshToken)
        if (!found) return null
        const dates = { refreshTokenExpiresAt: found.expires ?? undefined }
        const members = { refreshToken, ...dates, ...ownerOf(found) }
        return { ...kept('refresh', refreshToken), ...members } as never
      },
    }),
    ...(has('revokeRefreshToken') && {
      async revokeToken({ refreshToken }: Pick<PromiseToken, 'refreshToken'>) {
        if (beingRevoked.has(refreshToken!)) return false
        beingRevoked.add(refreshToken!)
        try {
          const found = await ask('getRefreshToken', refreshToken)
          await ask('revokeRefreshToken', refreshToken)
          return Boolean(found)
        } finally {
          beingRevoked.delete(refreshToken!)
        }
      },
    }),
    ...(has('generateToken') && {
      generateAccessToken: (client, user) => generate('accessToken', client, user),
      generateRefreshToken: (client, user) => generate('refreshToken', client, user),
      generateAuthorizationCode: (client, user) => generate('authorization_code', client, user),
    }),
  }

  const codes: Partial<PromiseModel> = {
    ...(has('saveAuthCode') && {
      async saveAuthorizationCode(code: PromiseCode, client: { id: string }, user: PromiseUser) {
        const { authorizationCode, expiresAt, ...members } = code
        keep('code', authorizationCode, members)
        await ask('saveAuthCode', authorizationCode, client.id, expiresAt, user)
        return { ...code, client: { ...client }, user: { ...user } }
      },
    }),
    ...(has('getAuthCode') && {
      async getAuthorizationCode(authorizationCode) {
        const found = await ask<Found | null>('getAuthCode', authorizationCode)
        if (!found) return null
        const members = { authorizationCode, expiresAt: found.expires, ...ownerOf(found) }
        return { ...kept('code', authorizationCode), ...members } as never
      },
      async revokeAuthorizationCode({ authorizationCode }: { authorizationCode: string }) {
        content.codes.delete(digest(authorizationCode))
        return entries.delete(more('code', authorizationCode))
      },
    }),
  }

  return { ...clients, ...tokens, ...codes }
}

/** Returns the key of what belongs to a code or token, and has no place in the 2.4 contract. */
function more(kind: Kind, token: string): string {
  return `more ${kind}:${digest(token)}`
}

/** The refresh tokens that are being revoked, by the data of the model. */
const locks = new WeakMap<object, Set<string>>()

function locksOf(entries: object): Set<string> {
  const found = locks.get(entries) ?? new Set()
  locks.set(entries, found)
  return found
}

function ownerOf({ clientId, user, userId }: Found): object {
  return {
    ...((clientId ?? null) !== null && { client: { id: clientId } }),
    ...(user ? { user } : userId !== undefined && { user: { id: userId } }),
  }
}

/** Calls a function of a 2.4 model, and resolves with its first result, by callback or promise. */
function answerOf<T>(model: Model, name: keyof Model, args: unknown[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(error instanceof Error ? error : new Error('Failed', { cause: error }))
    const returned = (model[name] as Loose).call(
      model,
      ...args,
      (error: unknown, result: unknown) => (error ? fail(error) : resolve(result as T)),
    )
    if (!types.isPromise(returned)) return
    returned.then((value) => (value ?? null) !== null && resolve(value as T), fail)
  })
}
