import { holds } from '../expect'
import { operators } from '../hostile'
import type { Operation } from './contracts'
import { hasFunction } from './contracts/functions'
import { aRequest } from './request'
import type { ModelRuns } from './run'
import { TimeJump } from '../time-jump'
import {
  aToken,
  anotherUserId,
  assertDate,
  finders,
  offered,
  ownerOf,
  saved,
  savedIfAccepted,
} from './tokens'
import type { ModelTrial } from './trial'

type Call = readonly [name: Operation, ...args: unknown[]]

export const shapeRuns: ModelRuns = {
  'shape.methods': {
    async run(t) {
      for (const { purpose, sign, functions } of t.contract.needed) {
        if (sign !== null && !hasFunction(t.model, sign)) continue
        const missing = functions.filter((name) => !hasFunction(t.model, name))
        const because = sign === null ? '' : `, because the model has ${sign}`
        holds(missing.length === 0, `${purpose} needs ${missing.join(' and ')}${because}`)
      }
    },
  },

  'shape.miss': {
    async run(t) {
      const { client, user } = t.fixtures
      const misses: Call[] = [
        ['getAccessToken', aToken()],
        ['getAuthCode', aToken()],
        ['getRefreshToken', aToken()],
        ['getClient', aToken(), null],
        ['getClient', aToken(), client.secret],
        ['getUser', aToken(), 'wrong password'],
        ['getUser', user.username, 'wrong password'],
        ['getUserFromClient', aToken(), 'wrong secret'],
      ]
      for (const [name, ...args] of misses) if (t.has(name)) await t.misses(name, ...args)
    },
  },

  'shape.expires': {
    async run(t) {
      for (const name of offered(t)) {
        const { token } = await saved(t, name)
        const { expires } = ownerOf(await t.ask(finders[name], token))
        assertDate(t, expires, finders[name])
      }
    },
  },
}

/** What only a model with callbacks can break. */
export const callbackRuns: ModelRuns = {
  'shape.callback': {
    async run(t) {
      using clock = new TimeJump()
      const known: Call[] = []
      for (const name of offered(t)) {
        const { token, clientId, userId } = await saved(t, name)
        known.push([finders[name], token])
        // Many models refuse a token that exists, or one of an unknown client or user.
        await savedIfAccepted(t, name, { token, clientId, userId })
        await savedIfAccepted(t, name, { clientId: aToken() })
        await savedIfAccepted(t, name, { userId: await anotherUserId(t) })
        const expired = await saved(t, name, { expires: new Date(Date.now() - 1000) })
        known.push([finders[name], expired.token])
        if (name === 'saveRefreshToken') known.push(['revokeRefreshToken', token])
      }
      for (const [name, ...args] of [...known, ...known, ...otherCalls(t)])
        if (t.has(name)) await t.askLeniently(name, ...args)
      // The timer of a time limit must not call back as well.
      await clock.jump(120_000)
      await t.settle()
      await t.survivesThrowing([...known, ...otherCalls(t)].filter(([name]) => t.has(name)))
    },
  },
}

/** Returns calls of every function that succeed, find nothing, or have wrong arguments. */
function otherCalls(t: ModelTrial): Call[] {
  const { client, otherClient, user } = t.fixtures
  const request = aRequest(t)
  const unknown = aToken()
  const credentials: Call[] = [
    ...[client.secret, null, otherClient.secret, ''].flatMap((secret): Call[] => [
      ['getClient', client.id, secret],
      ['getClient', unknown, secret],
    ]),
    ...[client.secret, otherClient.secret, ''].flatMap((secret): Call[] => [
      ['getUserFromClient', client.id, secret],
      ['getUserFromClient', unknown, secret],
    ]),
    ...[user.password, 'wrong password', ''].flatMap((password): Call[] => [
      ['getUser', user.username, password],
      ['getUser', unknown, password],
    ]),
    ...['password', 'refresh_token', 'unknown', ''].flatMap((grantType): Call[] => [
      ['grantTypeAllowed', client.id, grantType],
      ['grantTypeAllowed', unknown, grantType],
    ]),
  ]
  const wrong = operators.flatMap((value): Call[] => [
    ...Object.values(finders).map((finder): Call => [finder, value]),
    ['getClient', value, null],
    ['getUser', user.username, value],
    ['getUserFromClient', client.id, value],
  ])
  return [
    ...credentials,
    ...wrong,
    ['getAccessToken', unknown],
    ['getAuthCode', unknown],
    ['getRefreshToken', unknown],
    ['revokeRefreshToken', unknown],
    ['generateToken', 'accessToken', request],
    ['generateToken', 'refreshToken', request],
    ['generateToken', 'authorization_code', request],
    ['extendedGrant', 'urn:example:unknown', request],
    ['extendedGrant', 'urn:ietf:params:oauth:grant-type:jwt-bearer', request],
  ]
}
