import { randomBytes, randomInt } from 'node:crypto'
import { inspect, types } from 'node:util'
import { Failure, equal, holds } from '../expect'
import { fragments, operators, patterns } from '../hostile'
import type { Operation } from './contracts'
import { disguised, except, otherCases, spaced, withChange } from './near'
import type { ModelRun, ModelRuns } from './run'
import { Tampering } from './tampering'
import {
  aToken,
  areFound,
  assertAsSaved,
  finders,
  inAnHour,
  isFound,
  isUnknown,
  offered,
  ownerOf,
  saved,
  savedIfAccepted,
} from './tokens'
import type { ModelTrial } from './trial'
import { assertUser } from './users'

type Variants = (right: string) => readonly unknown[]

/** Checks that none of these variants of a right argument finds anything, in any look-up. */
function refuses(variants: Variants): ModelRun {
  return {
    async run(t) {
      for (const name of offered(t)) {
        const one = await saved(t, name)
        for (const variant of variants(one.token)) await t.findsNothing(finders[name], variant)
        await isFound(t, one)
        if (name !== 'saveRefreshToken' || !t.has('revokeRefreshToken')) continue
        // The server revokes only what it has found, so never anything but a string.
        for (const variant of variants(one.token).filter((value) => typeof value === 'string'))
          await t.askLeniently('revokeRefreshToken', variant)
        await isFound(t, one)
      }
      for (const [name, right, lookUp] of lookUps(t)) {
        for (const variant of t.has(name) ? variants(right) : [])
          await t.findsNothing(name, ...lookUp(variant))
      }
    },
  }
}

type LookUp = readonly [name: Operation, right: string, args: (variant: unknown) => unknown[]]

/** Returns each look-up of a client or user with one argument to replace: the right one is given. */
function lookUps({ fixtures: { client, user } }: ModelTrial): LookUp[] {
  const { id, secret } = client
  const { username, password } = user
  return [
    ['getClient', id, (one) => [one, null]],
    ['getClient', id, (one) => [one, secret]],
    // Without a secret, a client is looked up by its id.
    ['getClient', secret, (one) => [id, one ?? '']],
    ['getUser', username, (one) => [one, password]],
    ['getUser', password, (one) => [username, one]],
    ['getUserFromClient', id, (one) => [one, secret]],
    ['getUserFromClient', secret, (one) => [id, one]],
    ['grantTypeAllowed', id, (one) => [one, 'password']],
    ['grantTypeAllowed', 'password', (one) => [id, one]],
  ]
}

export const valueRuns: ModelRuns = {
  'value.case': refuses((right) => otherCases(right)),
  'value.trailing-space': refuses((right) => [...spaced(right), `${right}  `]),
  'inject.pattern': refuses((right) =>
    except(right, [
      ...patterns,
      ...['%', '_', '*', '?', '.'].map((wild) => `${right.slice(0, -1)}${wild}`),
      `${right.slice(0, 4)}%`,
      `${right.slice(0, 4)}*`,
      `^${right}$`,
    ]),
  ),
  'inject.sql': refuses((right) => [
    ...fragments,
    `${right}'--`,
    `${right}' OR '1'='1`,
    ...disguised(right),
  ]),
  'inject.operator': refuses((right) => [
    ...operators,
    [right],
    [[right]],
    new String(right),
    { $eq: right },
    { $in: [right] },
  ]),
  'value.names': refuses(() => [
    'null',
    'undefined',
    'true',
    'NaN',
    '[object Object]',
    'length',
    'name',
    'size',
    'then',
    ...Object.getOwnPropertyNames(Object.prototype),
  ]),

  'value.token': {
    async run(t) {
      const { client, otherClient } = t.fixtures
      for (const name of offered(t)) {
        for (const [first, second] of unusualTokens()) {
          const expires = [inAnHour(), new Date(inAnHour().getTime() + 60_000)] as const
          const both = [
            { token: first, clientId: client.id, expires: expires[0] },
            { token: second, clientId: otherClient.id, expires: expires[1] },
          ]
          const one = await savedIfAccepted(t, name, both[0]!)
          // The servers generate 40 characters and more, so a model may refuse any other form.
          if (!one) continue
          await t.findsNothing(finders[name], second)
          const two = await savedIfAccepted(t, name, both[1]!)
          for (const each of two ? [one, two] : [one]) {
            const found = await t.ask(finders[name], each.token)
            // A model that generates no longer token itself may have no room for it.
            if (found || first.length <= 255) assertAsSaved(t, found, each)
          }
          const cuts = [8, 16, 20, 32, 36, 40, 64, 128, 191, 254]
          const parts = cuts.map((length) => first.slice(0, length))
          for (const part of except(first, [...parts, first.replace(/^0+/, '')]))
            await t.findsNothing(finders[name], part)
          if (name !== 'saveRefreshToken' || !two || !t.has('revokeRefreshToken')) continue
          const isLost = !(await t.ask(finders[name], second))
          await t.ask('revokeRefreshToken', first)
          await isUnknown(t, one)
          if (!isLost) await isFound(t, two)
        }
      }
    },
  },

  'value.user-object': {
    async run(t) {
      const userId = await t.userId()
      const own = await ownUser(t, userId)
      const circular: { id: unknown; self?: unknown } = { ...own }
      circular.self = circular
      const users = [
        { ...own, count: 2n ** 64n },
        circular,
        { ...own, load: () => {}, map: new Map([[1, 2]]), at: new Date(Number.NaN) },
        ...[300, 5000, 70_000].map((length) => ({ ...own, about: 'x'.repeat(length) })),
        // Members with the names of columns.
        { ...own, clientId: 'x', userId: 'x', token: 'x', user: 'x', expires: new Date(0) },
      ]
      for (const name of offered(t)) {
        for (const user of users) {
          const one = {
            name,
            token: aToken(),
            clientId: t.fixtures.client.id,
            userId,
            expires: inAnHour(),
          }
          // An error concerns this token only, and not those that others save.
          const beside = Promise.all([saved(t, name), saved(t, name)])
          beside.catch(() => {})
          const isRefused = await t
            .ask(name, one.token, one.clientId, new Date(one.expires), user)
            .then(
              () => false,
              (error: unknown) => {
                if (error instanceof Failure) throw error
                return true
              },
            )
          await areFound(t, await beside)
          if (!isRefused) await isFound(t, one)
        }
      }
    },
  },

  'value.aliasing': {
    async run(t) {
      using tampering = new Tampering()
      const { client } = t.fixtures
      const userId = await t.userId()
      const own = await ownUser(t, userId)
      for (const name of offered(t)) {
        const one = { name, token: aToken(), clientId: client.id, userId, expires: inAnHour() }
        const [expires, user] = [new Date(one.expires), aUser(own)]
        await t.ask(name, one.token, one.clientId, expires, user)
        equal(Number(expires), Number(one.expires), `The Date that ${t.titleOf(name)} has received`)
        equal(user, aUser(own), `The user that ${t.titleOf(name)} has received`)
        expires.setTime(0)
        const found = await t.ask(finders[name], one.token)
        const { expires: kept } = ownerOf(found)
        holds(
          !types.isDate(kept) || Number(kept) !== 0,
          `The suite changed the Date that it had passed to ${t.titleOf(name)}, and ${t.titleOf(finders[name])} then returned the changed one`,
        )
        tampering.members(user)
        tampering.within(user)
        if (name === 'saveAuthCode') t.foundCodes.add(one.token)
        const { user: owner } = ownerOf(found)
        tampering.within(owner)
        tampering.members(owner)
        tampering.members(found)
        await isFound(t, one)
        if (name === 'saveAuthCode' || !owner) continue
        const { user: again } = ownerOf(await t.ask(finders[name], one.token))
        assertUntouched(again, `The user of ${t.titleOf(finders[name])}`)
      }
      const uri = async () => {
        const found = await t.ask('getClient', client.id, null)
        return found === true ? found : ownerOf(found)
      }
      const before = JSON.stringify(await uri())
      tampering.members(await uri())
      equal(JSON.stringify(await uri()), before, 'getClient() after its result was changed')
      for (const lookUp of ['getClient', 'getUserFromClient'] as const) {
        if (!t.has(lookUp)) continue
        const first = await t.ask(lookUp, client.id, client.secret)
        tampering.within(first)
        tampering.members(first)
        const again = await t.ask(lookUp, client.id, client.secret)
        assertUntouched(again, `The result of ${lookUp}()`)
      }
      if (!t.has('getUser')) return
      const { username, password } = t.fixtures.user
      tampering.members(await t.ask('getUser', username, password))
      await assertUser(t)
    },
  },
}

/** Texts with the same hash of 32 bits: CRC-32, FNV-1a, and those with the factors 33 and 31. */
const colliding = [
  ['c20351fad45e2910f3896143dbbbbe070', 'ca2fdf5b93b59e12c609c391d04298d94'],
  ['c924c8afbd29908cdff4e95fba1557f67', 'ce6bbb2a3104056ebbd084e1474103143'],
  ['c16b3c440da0ec87422d2b6cb0b57a895', 'cc80e8b9bb82f6e8b511d35c14239513e'],
  ['c4a87adfe986d7073d665081643cefaa4', 'c32b7c599961f22500008b17ed8c24da3'],
] as const

/**
 * Returns pairs of tokens that must not be confused: long ones, those that differ only at their end,
 * in case or in the alphabet of their encoding, and those that are equal as numbers.
 */
function unusualTokens(): [string, string][] {
  const ending = [20, 43, 64, 128, 255].map((length): [string, string] => {
    const token = `-_${randomBytes(length)
      .toString('base64url')
      .slice(0, length - 3)}x`
    return [token, withChange(token)]
  })
  const [hex, jwt] = [randomBytes(19).toString('hex'), randomBytes(300).toString('base64url')]
  const digits = Array.from({ length: 20 }, () => randomInt(1, 9)).join('')
  const words = randomBytes(15).toString('base64url').replaceAll(/[-_]/g, 'a')
  const padded = (start: string, zeros = 18) => `${start}${'0'.repeat(zeros)}${digits}`
  return [
    ...ending,
    // Of the form of a JWT.
    [`eyJ.${jwt}.${hex}`, `eyJ.${jwt}.${withChange(hex)}`],
    [`aB${hex}`, `Ab${hex}`],
    [`${words}+/+/`, `${words}-_-_`],
    [`${words}QQ==`, `${words}QQ`],
    [padded('11'), withChange(padded('11'))],
    [padded('00'), padded('0')],
    ...colliding.map(([one, other]): [string, string] => [`${one}${hex}`, `${other}${hex}`]),
    [padded('0e'), withChange(padded('0e'))],
    [padded('1e'), padded('1e', 17)],
    [`0x${hex}`, `0X${hex}`],
  ]
}

/** Fails if a later result has what was written into an earlier one. */
function assertUntouched(result: unknown, what: string): void {
  const isTouched = inspect(result, { depth: 5 }).includes('tampered')
  holds(!isTouched, `${what} has what was written into the one before`)
}

interface Owner {
  id: string | number
  [member: string]: unknown
}

/** Resolves with the members of the user as the model itself returns it, and its id. */
async function ownUser(t: ModelTrial, id: string | number): Promise<Owner> {
  return { ...(await t.contract.userOf(t, { id })), id }
}

/** Returns the user as an application may have it in its session. */
function aUser(own: Owner): Owner {
  const profile = { age: 7 }
  return { ...own, name: 'A user', email: 'user@client.example', roles: ['admin'], profile }
}
