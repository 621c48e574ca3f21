import { randomBytes } from 'node:crypto'
import { holds } from '../expect'
import { TimeJump } from '../time-jump'
import {
  aToken,
  anotherUserId,
  areFound,
  assertAsSaved,
  finders,
  forEver,
  isFound,
  isUnknown,
} from './tokens'
import { type Save, type Saved, inAnHour, inDays, offered, saved, savedIfAccepted } from './tokens'
import { encoded, nearIds, otherCases, similar, withChange } from './near'
import type { ModelRun, ModelRuns } from './run'
import type { ModelTrial } from './trial'

/** More than the tens and hundreds at which models with a limit stop. */
const many = 150
const atOnce = 20
/** More than the numbers at which caches and lists often stop. A code lives for seconds only. */
const veryMany = { saveAccessToken: 1100, saveRefreshToken: 600, saveAuthCode: 300 } as const

/** Checks that saved tokens are found, each with its client and user, and similar ones are not. */
function finds(name: Save): ModelRun {
  return {
    functions: [name, finders[name]],
    async run(t) {
      // Before any other call, which would give the model time to save it.
      await isFound(t, await saved(t, name))
      const all: Saved[] = []
      const clients = [t.fixtures.client.id, t.fixtures.otherClient.id]
      for (const [n, clientId] of [...clients, ...clients].entries()) {
        const expires = new Date(inAnHour().getTime() + n * 60_000)
        if (n < 2) all.push(await saved(t, name, { clientId, expires }))
        else all.push(...(await ofAnotherUser(t, name, { clientId, expires })))
      }
      const [first] = all as [Saved]
      // Ids of digits, which must not become numbers.
      const isText = typeof (await t.userId()) === 'string'
      for (const userId of isText ? ['007', '1e3', '9007199254740993'] : [])
        all.push(...[await savedIfAccepted(t, name, { userId })].filter((one) => one !== null))
      for (const userId of isText ? unusualIds() : [])
        all.push(...[await savedIfAccepted(t, name, { userId })].filter((one) => one !== null))
      // A model may refuse a client that it does not know, but not lose the token.
      const unknown = await savedIfAccepted(t, name, { clientId: aToken() })
      if (unknown) all.push(unknown)
      const near = [withChange(first.token), withChange(first.token, 0)]
      for (const token of near) await t.misses(finders[name], token)
      for (const token of [...nearIds(first.token), ...encoded(first.token)])
        await t.findsNothing(finders[name], token)
      // All at the same time, and in another order than they were saved.
      await areFound(t, all.toReversed())
      for (const one of all) await isFound(t, one)
    },
  }
}

export const findingRuns: ModelRuns = {
  'access.find': finds('saveAccessToken'),
  'code.find': finds('saveAuthCode'),
  'refresh.find': finds('saveRefreshToken'),

  'access.kind': {
    async run(t) {
      const { client, otherClient, user } = t.fixtures
      const names = offered(t)
      const others = [client.id, client.secret, String(user.id), user.username, user.password]
      const all: Saved[] = []
      for (const [n, name] of names.entries()) {
        const expires = new Date(inAnHour().getTime() + n * 60_000)
        const one = await saved(t, name, { expires, clientId: [client, otherClient][n % 2]!.id })
        for (const other of names) if (other !== name) await t.misses(finders[other], one.token)
        for (const wrong of others) await t.findsNothing(finders[name], wrong)
        await t.findsNothing('getClient', one.token, null)
        all.push(one)
      }
      for (const name of names) await saved(t, name)
      for (const one of all) {
        await isFound(t, one)
        for (const other of names) if (other !== one.name) await t.misses(finders[other], one.token)
      }
    },
  },

  'access.current': {
    async run(t) {
      for (const name of offered(t)) {
        const one = { name, token: aToken() }
        const another = { name, token: aToken() }
        for (let n = 0; n < 2; n++) await t.misses(finders[name], one.token)
        const kept = await saved(t, name, one)
        for (let n = 0; n < 3; n++) await isFound(t, kept)
        await t.misses(finders[name], another.token)
        await saved(t, name, another)
        await isFound(t, kept)
        // A second save of the same token may be refused, but must not lose or change it.
        await savedIfAccepted(t, name, kept)
        for (let n = 0; n < 2; n++) await isFound(t, kept)
        if (name !== 'saveRefreshToken' || !t.has('revokeRefreshToken')) continue
        await t.ask('revokeRefreshToken', kept.token)
        await isUnknown(t, kept)
        await saved(t, name)
        await isUnknown(t, kept)
      }
    },
  },

  'access.several': {
    async run(t) {
      for (const name of offered(t)) {
        const all: Saved[] = []
        const [never] = await forEver(t, name)
        const save = async (n: number) => {
          const expires = new Date(inAnHour().getTime() + n * 1000)
          all.push(await saved(t, name, { expires }))
        }
        for (let n = 0; n < many - atOnce; n++) await save(n)
        await Promise.all(Array.from({ length: atOnce }, (_, n) => save(many + n)))
        for (let n = 0; n < many; n += atOnce) await areFound(t, all.slice(n, n + atOnce))
        await savedAtOnce(t)
        if (!never) continue
        await isFound(t, never)
        // At the same time as unknown ones, each look-up still gets its own result.
        const mixed = all.slice(0, atOnce).flatMap((one) => [one, { ...one, token: aToken() }])
        const answers = await Promise.all(mixed.map(({ token }) => t.ask(finders[name], token)))
        for (const [n, one] of mixed.entries()) {
          if (n % 2 === 0) assertAsSaved(t, answers[n], one)
          else
            holds(
              !answers[n],
              `${t.titleOf(finders[name])} found an unknown token beside known ones`,
            )
        }
      }
    },
  },

  'refresh.revoke': {
    functions: ['revokeRefreshToken', 'saveRefreshToken', 'getRefreshToken'],
    async run(t) {
      const name = 'saveRefreshToken'
      for (const expires of [
        ...(t.contract.neverExpires ? [null] : []),
        inDays(40),
        inDays(1000),
      ]) {
        const other = await saved(t, name, { expires })
        await t.ask('revokeRefreshToken', other.token)
        await isUnknown(t, other)
      }
      const one = await saved(t, name)
      const { token } = one
      const others: Saved[] = [
        await saved(t, name),
        ...(await forEver(t, name)),
        await saved(t, name, { token: withChange(token) }),
        await saved(t, name, { clientId: t.fixtures.otherClient.id }),
        ...(await ofAnotherUser(t, name, {})),
        await saved(t, 'saveAccessToken'),
      ]
      if (t.has('saveAuthCode')) others.push(await saved(t, 'saveAuthCode'))
      // The model may be unable to save these.
      for (const other of [...otherCases(token).slice(0, 1), `${token}0`, token.slice(0, -1)])
        others.push(...[await savedIfAccepted(t, name, { token: other })].filter((two) => !!two))

      for (const unknown of [aToken(), ...similar(token), ...encoded(token)])
        if (!others.some((other) => other.token === unknown))
          await t.ask('revokeRefreshToken', unknown)
      for (const kept of [one, ...others]) if (kept.name !== 'saveAuthCode') await isFound(t, kept)

      await t.ask('revokeRefreshToken', token)
      await isUnknown(t, one)
      for (const kept of others) await isFound(t, kept)
      await isUnknown(t, one)

      // At the same time: many revocations, saves and look-ups.
      const [gone, kept] = [
        await several(() => saved(t, name)),
        await several(() => saved(t, name)),
      ]
      const [, , added] = await Promise.all([
        Promise.all(gone.map((each) => lookedUp(t, each))),
        Promise.all(gone.map((each) => t.ask('revokeRefreshToken', each.token))),
        several(() => saved(t, name)),
      ])
      for (const each of gone) await isUnknown(t, each)
      await areFound(t, [...kept, ...added])
    },
  },

  'revoke.stays': {
    functions: ['revokeRefreshToken', 'saveRefreshToken', 'getRefreshToken'],
    async run(t) {
      using clock = new TimeJump()
      const [one, kept] = [await saved(t, 'saveRefreshToken'), await saved(t, 'saveRefreshToken')]
      await isFound(t, one)
      await t.ask('revokeRefreshToken', one.token)
      for (const seconds of [1, 5, 60, 600]) {
        await clock.jump(seconds * 1000)
        await isUnknown(t, one)
        await isFound(t, kept)
      }
    },
  },

  'growth.kept': {
    async run(t) {
      for (const name of offered(t)) {
        const all: Saved[] = []
        for (let n = 0; n < veryMany[name]; n += atOnce)
          all.push(...(await several(() => saved(t, name))))
        // The first ones are those that are forgotten.
        await areFound(t, all.slice(0, atOnce))
        await areFound(t, all.slice(-atOnce))
      }
    },
  },
}

/** What only a model whose revocation has no result can break. */
export const revocationRuns: ModelRuns = {
  'revoke.idempotent': {
    functions: ['revokeRefreshToken', 'saveRefreshToken'],
    async run(t) {
      const { token } = await saved(t, 'saveRefreshToken')
      for (const one of [aToken(), token, token, token]) await t.ask('revokeRefreshToken', one)
      const other = await saved(t, 'saveRefreshToken')
      await several(() => t.ask('revokeRefreshToken', other.token))
    },
  },
}

/** Looks the token up several times, so that some look-ups run while it is revoked. */
async function lookedUp(t: ModelTrial, { name, token }: Saved): Promise<void> {
  for (let n = 0; n < 5; n++) await t.ask(finders[name], token)
}

/** Resolves with the results of as many calls at the same time. */
function several<T>(call: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: atOnce }, (_, n) => call(n)))
}

/** Saves tokens of all kinds at the same time, in two instances if there are, and looks them up. */
async function savedAtOnce(t: ModelTrial): Promise<void> {
  const { client, otherClient } = t.fixtures
  const other = await t.sibling()
  const users = [await t.userId(), await anotherUserId(t)]
  const all = await several(async (n) => {
    const from = n % 4 < 2 ? t : (other ?? t)
    const clientId = [client, otherClient][n % 2]!.id
    // The model may refuse a user that does not exist.
    const save = n % 3 === 0 ? saved : savedIfAccepted
    const differences = { clientId, userId: users[n % 3 === 0 ? 0 : 1]! }
    return Promise.all(offered(t).map((name) => save(from, name, differences)))
  })
  await areFound(
    t,
    all.flat().filter((one) => one !== null),
  )
}

/** Returns ids of users that a model may refuse, but not change. */
function unusualIds(): string[] {
  const random = randomBytes(8).toString('hex')
  const parts = [':', '|', ',', '/', ';', '.', '#', ' '].map((mark) => `a${mark}${random}${mark}b`)
  const long = [64, 255].map((length) => `${random}${'x'.repeat(length - 17)}1`)
  return [
    ...parts,
    ...long,
    `me@${random}.example`,
    `${random}-é-ł-字-😀`,
    'constructor',
    '__proto__',
  ]
}

/** Saves a token of another user, unless the model refuses it because no such user exists. */
async function ofAnotherUser(
  t: ModelTrial,
  name: Save,
  differences: Partial<Omit<Saved, 'name'>>,
): Promise<Saved[]> {
  const one = await savedIfAccepted(t, name, { userId: await anotherUserId(t), ...differences })
  return one ? [one] : []
}
