import { equal, holds, show } from '../expect'
import { patterns } from '../hostile'
import { disguised, nearIds, otherCases, similar, spaced, wrongSecrets } from './near'
import type { Member } from './contracts'
import type { ModelRuns } from './run'
import { aToken, inAnHour, isFound, offered, ownerOf, saved } from './tokens'
import type { ModelTrial } from './trial'

const grantTypes = ['password', 'client_credentials', 'refresh_token', 'authorization_code']

/** The grant types that a client of the fixtures may use if the model has the function. */
const supported = [
  ['password', 'getUser'],
  ['refresh_token', 'getRefreshToken'],
  ['authorization_code', 'getAuthCode'],
] as const

export const clientRuns: ModelRuns = {
  'client.find': {
    async run(t) {
      const { client, otherClient, user } = t.fixtures
      const keys = t.contract.name === 'promise' ? new Map<string, unknown>() : null
      for (const one of [client, otherClient, client]) {
        for (const secret of [null, one.secret, null])
          assertClient(t, one, await t.ask('getClient', one.id, secret), keys)
      }
      const both = [client, otherClient]
      const found = await Promise.all(both.map(({ id, secret }) => t.ask('getClient', id, secret)))
      for (const [n, one] of both.entries()) assertClient(t, one, found[n], keys)
      const others = [user.username, String(user.id), client.secret, client.redirectUri ?? '']
      for (const id of ['', ...unlike(t, [...nearIds(client.id), ...others])]) {
        await t.findsNothing('getClient', id, null)
        await t.findsNothing('getClient', id, client.secret)
      }
      assertClient(t, client, await t.ask('getClient', client.id, client.secret), keys)
    },
  },

  'client.secret': {
    async run(t) {
      const { client, otherClient } = t.fixtures
      for (const one of [client, otherClient]) {
        for (const secret of [one.secret, null, one.secret]) {
          const found = await t.ask('getClient', one.id, secret)
          const which = secret === null ? 'without a secret to check' : 'with the right secret'
          holds(found, `getClient() ${which} returned nothing`)
        }
        const other = one === client ? otherClient : client
        const { id, secret } = one
        for (const wrong of ['', ' ', `${secret} `, secret.slice(0, -1), `${secret}x`])
          await t.misses('getClient', id, wrong)
        for (const wrong of wrongSecrets(secret, [other.secret, other.id, id]))
          await t.findsNothing('getClient', id, wrong)
        const [, right] = await Promise.all([
          t.ask('getClient', id, null),
          t.ask('getClient', id, secret),
          t.misses('getClient', id, other.secret),
          t.ask('getClient', other.id, other.secret),
        ])
        holds(right, 'getClient() with the right secret returned nothing after wrong ones')
      }
    },
  },

  'client.user': {
    functions: ['getUserFromClient'],
    async run(t) {
      const { client, otherClient, user } = t.fixtures
      const ids: (string | null)[] = []
      for (const one of [client, client, otherClient, client]) {
        // A client need not have a user.
        const found = await t.ask('getUserFromClient', one.id, one.secret)
        const id = found ? (found as { id?: unknown }).id : null
        // No server reads the id of a promise model's user.
        const isId = Boolean(id) || id === 0 || t.contract.name === 'promise'
        holds(!found || isId, `The user of getUserFromClient() is ${show(found)}, without an "id"`)
        ids.push(found ? shownId(found) : null)
      }
      for (const again of [ids[1], ids[3]])
        equal(again, ids[0], 'The id of the user of getUserFromClient(), the next time')
      const other = await t.sibling()
      for (const [n, one] of other ? [otherClient, client].entries() : [])
        equal(await idIn(other!, one), ids[2 - n * 2], 'The id of that user in another instance')
      const [, again] = await Promise.all([
        t.misses('getUserFromClient', client.id, otherClient.secret),
        idIn(t, client),
        idIn(t, otherClient),
        t.misses('getUserFromClient', client.id, otherClient.secret),
      ])
      equal(again, ids[0], 'The id of the user of getUserFromClient(), beside wrong secrets')
      await servesItself(t)
      await t.misses('getUserFromClient', client.id, otherClient.secret)
      await t.misses('getUserFromClient', aToken(), client.secret)
      const { id, secret } = client
      const wrong = wrongSecrets(secret, [otherClient.secret, otherClient.id, id, user.password])
      for (const one of [...wrong, null, undefined])
        await t.findsNothing('getUserFromClient', id, one)
      for (const one of [otherClient.id, aToken(), user.username, ...nearIds(id)])
        await t.findsNothing('getUserFromClient', one, secret)
    },
  },

  'client.grant': {
    async run(t) {
      const { client, otherClient } = t.fixtures
      const allowedTo = async (id: string) =>
        Promise.all(
          grantTypes.map(async (grant) => Boolean(await t.ask('grantTypeAllowed', id, grant))),
        )
      const allowed = await allowedTo(client.id)
      holds(
        allowed.some(Boolean),
        `${t.titleOf('grantTypeAllowed')} allows the client no grant type at all`,
      )
      for (const [grant, needed] of supported) {
        if (!t.has(needed)) continue
        const answer = await t.ask('grantTypeAllowed', client.id, grant)
        holds(answer, `${t.titleOf('grantTypeAllowed')} does not allow the client "${grant}"`)
      }
      for (const grant of ['unknown', 'urn:example:unknown', ''])
        await t.misses('grantTypeAllowed', client.id, grant)
      await t.misses('grantTypeAllowed', aToken(), 'password')
      for (const grant of wrongGrantTypes())
        await t.findsNothing('grantTypeAllowed', client.id, grant)
      await allowedTo(otherClient.id)
      for (const id of ['', aToken(), ...unlike(t, nearIds(client.id))]) {
        for (const grant of grantTypes) await t.findsNothing('grantTypeAllowed', id, grant)
      }
      const [again] = await Promise.all([
        allowedTo(client.id),
        ...grantTypes.map((grant) => t.misses('grantTypeAllowed', aToken(), grant)),
        t.misses('grantTypeAllowed', client.id, 'unknown'),
      ])
      equal(again, allowed, `${t.titleOf('grantTypeAllowed')}, the second time`)
    },
  },
}

/** Returns the id of a user for a comparison. A user of a promise model need not have one. */
function shownId(user: unknown): string {
  return show((user as { id?: unknown }).id)
}

/** Resolves with the id of the user of a client, or with null if it has none. */
async function idIn(t: ModelTrial, one: { id: string; secret: string }): Promise<string | null> {
  const found = await t.ask('getUserFromClient', one.id, one.secret)
  return found ? shownId(found) : null
}

/** Fails unless an access token of the user of a client can be saved, as the server does. */
async function servesItself(t: ModelTrial): Promise<void> {
  const { id, secret } = t.fixtures.client
  const user = (await t.ask('getUserFromClient', id, secret)) as { id: string | number } | null
  if (!user || !offered(t).includes('saveAccessToken')) return
  const token = aToken()
  await t.ask('saveAccessToken', token, id, inAnHour(), user)
  const found = ownerOf(await t.ask('getAccessToken', token))
  const userId = found.user ? found.user.id : found.userId
  equal(String(userId), String(user.id), 'The user of an access token of the client itself')
  await isFound(t, await saved(t, 'saveAccessToken'))
}

/** Returns the ids that no client has. Short ones are left out: an existing client may have them. */
function unlike({ fixtures: { client, otherClient } }: ModelTrial, ids: string[]): string[] {
  return ids.filter((id) => id.length >= 8 && id !== client.id && id !== otherClient.id)
}

function assertClient(
  t: ModelTrial,
  { id, redirectUri }: { id: string; redirectUri?: string },
  found: unknown,
  keys: Map<string, unknown> | null,
): void {
  // The contract allows `true` in place of a client that needs no redirect URI.
  if (found === true && !t.has('getAuthCode')) return
  const isObject = typeof found === 'object' && found !== null
  holds(isObject, `getClient() of "${id}" returned ${show(found)}${t.seedHint}`)
  const client = found as { clientId?: unknown; redirectUri?: unknown }
  const title = (member: Member) => `"${t.memberOf('getClient', member)}" of getClient()`
  if (keys) assertKey(t, { id, key: client.clientId, title: title('clientId') }, keys)
  else equal(String(client.clientId), id, title('clientId'))
  if (redirectUri === undefined || !t.has('getAuthCode')) return
  const uris = [client.redirectUri].flat()
  // Existing clients may have more than the one that the fixtures name.
  const isMore = t.session.settings.fixtures !== undefined && uris.includes(redirectUri)
  if (!isMore) equal(uris, [redirectUri], title('redirectUri'))
}

/**
 * Fails unless a client has the same key in every result, and another one than the other client. The
 * key need not be the id by which the client is looked up: a server compares only the keys.
 */
function assertKey(
  { fixtures: { client, otherClient } }: ModelTrial,
  { id, key, title }: { id: string; key: unknown; title: string },
  keys: Map<string, unknown>,
): void {
  holds((key ?? '') !== '', `${title} is ${show(key)}: a server compares it with that of a code`)
  if (!keys.has(id)) keys.set(id, key)
  equal(key, keys.get(id), `${title}, the next time`)
  const other = id === client.id ? otherClient.id : client.id
  const isOther = key === other || (keys.has(other) && key === keys.get(other))
  holds(!isOther, `${title} is ${show(key)} for both clients`)
}

/** Returns grant types that no client has, although they resemble those that a client may have. */
function wrongGrantTypes(): string[] {
  const near = grantTypes.flatMap((grant) => [
    ...otherCases(grant),
    ...spaced(grant),
    ...similar(grant),
    ...disguised(grant),
    ...grant.split('_'),
    `${grant},`,
    `^${grant}$`,
  ])
  const lists = [',', ' ', ';', '|', ''].flatMap((separator) => [
    grantTypes.join(separator),
    ['password', 'refresh_token'].join(separator),
  ])
  const members = ['length', '0', 'includes', 'constructor', 'toString', '__proto__']
  const others = [' ', ',', 'undefined', 'null', 'pass.ord', '%70assword']
  const wrong = [...near, ...lists, ...members, ...others, ...patterns]
  return [...new Set(wrong)].filter((one) => !grantTypes.includes(one))
}
