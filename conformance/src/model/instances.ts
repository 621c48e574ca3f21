import { holds, isError } from '../expect'
import type { ModelRuns } from './run'
import type { ModelTrial } from './trial'
import type { Operation } from './contracts'
import {
  type Saved,
  aToken,
  areFound,
  finders,
  forEver,
  isFound,
  isUnknown,
  offered,
  saved,
  savedIfAccepted,
} from './tokens'

type Call = readonly [name: Operation, ...args: unknown[]]

export const instanceRuns: ModelRuns = {
  'isolate.instances': {
    async run(t) {
      const { client, user } = t.fixtures
      const kept: Saved[] = []
      for (const name of offered(t)) {
        kept.push(await saved(t, name), ...(await forEver(t, name)))
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
      // What no instance finds is the defect of another case.
      const lookUps: Call[] = [
        ['getClient', client.id, client.secret],
        ['getUser', user.username, user.password],
      ]
      for (const [name, ...args] of lookUps) {
        if (!t.has(name)) continue
        holds(
          (await other.ask(name, ...args)) || !(await t.ask(name, ...args)),
          `${t.titleOf(name)} of another instance does not find the ${name === 'getUser' ? 'user' : 'client'}`,
        )
      }
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
      const before = await eachSaved(t)
      const there = await t.stranger()
      await areFound(t, before)
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
      const { wire, wired: models } = await t.wired(1)
      const wired = models[0]!
      const lookUps = await hits(wired)
      const made = (await eachSaved(t)).map((one) => ({ ...one, token: aToken() }))
      const old = t.has('revokeRefreshToken') ? [await saved(t, 'saveRefreshToken')] : []
      wire.refuse()
      const [found, saving, revoking] = await Promise.all([
        Promise.all(lookUps.map((call) => outcomeOf(wired, call))),
        Promise.all(
          made.map(({ name, token, clientId, expires, userId }) =>
            outcomeOf(wired, [name, token, clientId, expires, { id: userId }]),
          ),
        ),
        Promise.all(old.map(({ token }) => outcomeOf(wired, ['revokeRefreshToken', token]))),
      ])
      wire.restore()
      // A model may know the answer without its database, but must not take the outage for a miss.
      for (const [n, [name]] of lookUps.entries())
        holds(
          found[n],
          `While the database is down, ${t.titleOf(name)} returned nothing, and no error`,
        )
      for (const [n, { name, token }] of made.entries())
        if (!isError(saving[n]))
          holds(await t.ask(finders[name], token), unreported(t.titleOf(name)))
      for (const [n, { token }] of old.entries())
        if (!isError(revoking[n]))
          holds(
            !(await t.ask('getRefreshToken', token)),
            unreported(t.titleOf('revokeRefreshToken')),
          )
    },
  },
}

/** Saves one of everything. */
async function eachSaved(t: ModelTrial): Promise<Saved[]> {
  const all: Saved[] = []
  for (const name of offered(t)) all.push(await saved(t, name))
  return all
}

/** Resolves with look-ups of which each finds something. */
async function hits(t: ModelTrial): Promise<Call[]> {
  const { client, user } = t.fixtures
  const others: Call[] = [
    ['getClient', client.id, client.secret],
    ['grantTypeAllowed', client.id, 'refresh_token'],
    ['getUser', user.username, user.password],
    ['getUserFromClient', client.id, client.secret],
  ]
  const calls: Call[] = []
  for (const [name, ...args] of others)
    if (t.has(name) && (await t.ask(name, ...args))) calls.push([name, ...args])
  // A code that was found may be gone.
  for (const { name, token } of await eachSaved(t)) calls.push([finders[name], token])
  return calls
}

function unreported(title: string): string {
  return `While the database was down, ${title} did nothing, and reported no error`
}

/** Resolves with the result of the call, or with its error. */
async function outcomeOf(t: ModelTrial, [name, ...args]: Call): Promise<unknown> {
  return t.ask(name, ...args).catch((error: unknown) => error)
}
