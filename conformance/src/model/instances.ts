import { Failure, holds, isError, show } from '../expect'
import type { ModelRuns } from './run'
import type { ModelFunction } from './ask'
import {
  type Saved,
  aToken,
  areFound,
  finders,
  inAnHour,
  isFound,
  isUnknown,
  offered,
  saved,
  savedIfAccepted,
} from './tokens'

type Call = readonly [name: ModelFunction, ...args: unknown[]]

export const instanceRuns: ModelRuns = {
  'isolate.instances': {
    async run(t) {
      const { client, user } = t.fixtures
      const kept: Saved[] = []
      for (const name of offered(t)) {
        kept.push(await saved(t, name))
        if (name !== 'saveAuthCode') kept.push(await saved(t, name, { expires: null }))
      }
      // One that no other case uses, because it may change something when it starts.
      const other = await t.sibling(2)
      if (!other) return areFound(t, kept)
      await areFound(other, kept)
      await areFound(t, kept)
      for (const name of offered(t)) {
        for (const [from, to] of [[t, other] as const, [other, t] as const]) {
          const token = aToken()
          await to.misses(finders[name], token)
          const one = await saved(from, name, { token })
          await isFound(to, one)
          await isFound(from, one)
        }
      }
      holds(
        await other.ask('getClient', client.id, client.secret),
        'getClient() of another instance does not find the client',
      )
      if (!t.has('getUser')) return
      holds(
        await other.ask('getUser', user.username, user.password),
        'getUser() of another instance does not find the user',
      )
    },
  },

  'revoke.everywhere': {
    functions: ['revokeRefreshToken', 'saveRefreshToken', 'getRefreshToken'],
    async run(t) {
      const other = await t.sibling()
      if (!other) return
      for (const [from, to] of [[t, other] as const, [other, t] as const]) {
        const one = await saved(from, 'saveRefreshToken')
        const kept = await saved(from, 'saveRefreshToken')
        for (const each of [to, from]) await isFound(each, one)
        await to.ask('revokeRefreshToken', one.token)
        for (const each of [to, from]) await isUnknown(each, one)
        for (const each of [to, from]) await isFound(each, kept)
      }
    },
  },

  'isolate.tenant': {
    async run(t) {
      const { client, user } = t.fixtures
      const before = await saved(t, 'saveAccessToken')
      const there = await t.stranger()
      await isFound(t, before)
      if (!there) return
      await there.findsNothing('getClient', client.id, client.secret)
      await there.findsNothing('grantTypeAllowed', client.id, 'password')
      if (t.has('getUserFromClient')) {
        await t.askLeniently('getUserFromClient', client.id, client.secret)
        await there.findsNothing('getUserFromClient', client.id, client.secret)
      }
      if (t.has('getUser')) await there.findsNothing('getUser', user.username, user.password)
      for (const name of offered(t)) {
        const one = await saved(t, name)
        // Once it was found, a cache may have it.
        if (name !== 'saveAuthCode') await isFound(t, one)
        await there.findsNothing(finders[name], one.token)
        // The other namespace has no such client, so the model may refuse the token.
        const theirs = await savedIfAccepted(there, name, {})
        if (theirs) await t.misses(finders[name], theirs.token)
        if (name === 'saveRefreshToken' && t.has('revokeRefreshToken'))
          await there.askLeniently('revokeRefreshToken', one.token)
        await isFound(t, one)
      }
    },
  },

  'fault.error-not-miss': {
    async run(t) {
      const { wire, wired } = await t.wired()
      const { client, user } = t.fixtures
      const { token } = await saved(t, 'saveAccessToken')
      await wired.ask('getAccessToken', token)
      const calls: Call[] = [
        ['getAccessToken', token],
        ['getClient', client.id, client.secret],
        ['grantTypeAllowed', client.id, 'refresh_token'],
        ['getUser', user.username, user.password],
        ['getUserFromClient', client.id, client.secret],
      ]
      for (const name of offered(t)) {
        const one = await saved(t, name)
        calls.push([finders[name], one.token])
        calls.push([name, aToken(), one.clientId, inAnHour(), { id: one.userId }])
        if (name === 'saveRefreshToken') calls.push(['revokeRefreshToken', one.token])
      }
      wire.refuse()
      const made = calls.filter(([name]) => t.has(name))
      const outcomes = await Promise.all(
        made.map(([name, ...args]) => wired.ask(name, ...args).catch((error: unknown) => error)),
      )
      for (const [n, outcome] of outcomes.entries()) {
        if (!isError(outcome))
          throw new Failure(
            `While the database is down, ${made[n]![0]}() returned ${show(outcome)}`,
          )
      }
    },
  },
}
