import type { ToPromiseModelOptions } from './options'
import { type ScopeFormat, scopeFormatOf } from './scope-format'
import type { Client, Store } from '../contract/store'
import { withCode } from '../errors/error-code'
import { InvalidScopeError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import { modelOnStore } from '../model-on-store'
import { type AnswerOf, answersWithin } from '../options/answers-within'
import { believedUsers } from '../options/believed'
import type { Users } from '../options/server-options'
import { includesScope, scopesIn } from '../protocol/scope'
import { isObject } from '../values/is-object'

type Defaulted =
  | 'passwords'
  | 'storeTimeout'
  | 'now'
  | 'scopeFormat'
  | 'grantLifetime'
  | 'refreshGrace'
  | 'rotationsPerHour'
  | 'requirePkce'
  | 'anyLocalhostPort'

/** The checked options of `toPromiseModel` with their defaults. */
export type PromiseModelSettings<S extends string | string[]> = ToPromiseModelOptions<S> &
  Required<Pick<ToPromiseModelOptions<S>, Defaulted>>

/** What the functions of the model share. */
export interface ModelContext<S extends string | string[]> extends ReturnType<typeof modelOnStore> {
  settings: PromiseModelSettings<S>
  format: ScopeFormat<S>
  users: Users
  /** Calls a function among the options, with a time limit. */
  answerOf: AnswerOf
  /** Remembers the record that the client object was made of. */
  remember: (client: object, record: Client) => void
  /** Resolves with the record of a client object, which may be a copy, or with `null`. */
  recordOf: (client: unknown) => Promise<Client | null>
  /** Resolves with the record of a client object. Rejects if the client does not exist. */
  existing: (client: unknown) => Promise<Client>
  /**
   * Resolves with a user for a grant, or with `null` if the user no longer exists. Servers require a
   * user even if the client acts for itself: its `id` is then `null`.
   */
  userOf: (userId: string | null) => Promise<object | null>
  /** Returns a scope to save as text. Throws an error if it is malformed or the client may not have it. */
  savedScope: (scope: unknown, record: Client) => string
}

/** Returns what the functions of the model share. */
export function contextOf<S extends string | string[]>(
  store: Store,
  settings: PromiseModelSettings<S>,
): ModelContext<S> {
  const parts = modelOnStore(store, settings)
  const format = scopeFormatOf<S>(settings.scopeFormat)
  const answerOf = answersWithin(parts.withTimeout)
  const users = believedUsers(settings.users ?? {}, answerOf)
  // The server passes the object that getClient returned to the other functions.
  const records = new WeakMap<object, Client>()

  async function recordOf(client: unknown): Promise<Client | null> {
    if (!isObject(client)) return null
    return records.get(client) ?? parts.clients.known(client['id'])
  }

  return {
    ...parts,
    settings,
    format,
    users,
    answerOf,
    recordOf,
    remember: (client, record) => records.set(client, record),

    async existing(client) {
      const record = await recordOf(client)
      if (record) return record
      throw withCode('OAUTH2_KIT_NOT_FOUND', new Error('There is no such client'))
    },

    async userOf(userId) {
      if (userId === null || !users.find) return { id: userId }
      return (await users.find(userId)) as object | null
    },

    savedScope(scope, { scopes }) {
      const text = format.read(scope)
      if (text === null) throw optionError('scope', 'is malformed (RFC 6749 3.3)')
      if (text === undefined) return ''
      // The function that replaces the check allows other scopes too.
      if (scopes && !settings.validateScope && !includesScope(scopes.join(' '), scopesIn(text)))
        throw new InvalidScopeError('The client may not have this scope')
      return text
    },
  }
}
