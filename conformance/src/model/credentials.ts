import { Failure, holds, isError, show } from '../expect'
import { nearHashes, wholeSecond } from '../given'
import { fragments, operators, patterns } from '../hostile'
import type { ModelRun } from './shapes'
import { type Save, aToken, finders, foundAsSaved, inAnHour, save, unknownTo } from './tokens'
import type { ModelTrial } from './trial'

const saves = ['saveAccessToken', 'saveAuthCode', 'saveRefreshToken'] as const satisfies Save[]

/** Checks that saved tokens are found, and that similar ones are not. */
function finds(name: Save): ModelRun {
  return {
    functions: [name, finders[name]],
    async run(t) {
      const [token, other] = [aToken(), aToken()]
      const expires = inAnHour()
      await save(t, name, token, expires)
      await save(t, name, other, expires)
      await foundAsSaved(t, name, token, expires)
      await foundAsSaved(t, name, other, expires)
      for (const near of nearHashes(token)) await unknownTo(t, name, near)
    },
  }
}

/** Checks that none of these variants of a token finds anything. */
function refuses(variants: (token: string) => readonly unknown[]): ModelRun {
  return {
    async run(t) {
      for (const name of offered(t)) {
        const [token, expires] = [`a${aToken().slice(1)}`, inAnHour()]
        await save(t, name, token, expires)
        for (const variant of variants(token)) await missOrError(t, name, variant)
        await foundAsSaved(t, name, token, expires)
      }
    },
  }
}

export const credentialRuns: Readonly<Record<string, ModelRun>> = {
  'access.find': finds('saveAccessToken'),
  'code.find': finds('saveAuthCode'),
  'refresh.find': finds('saveRefreshToken'),
  'value.case': refuses((token) => [token.toUpperCase()]),
  'value.trailing-space': refuses((token) => [`${token} `, ` ${token}`, `${token}\t`]),
  'inject.pattern': refuses((token) => [
    ...patterns,
    `${token.slice(0, -1)}%`,
    `${token.slice(0, -1)}_`,
  ]),
  'inject.sql': refuses(() => fragments),
  'inject.operator': refuses((token) => [...operators, [token], new String(token)]),

  'refresh.revoke': {
    functions: ['revokeRefreshToken', 'saveRefreshToken', 'getRefreshToken'],
    async run(t) {
      const [token, other] = [aToken(), aToken()]
      const expires = inAnHour()
      for (const one of [token, other]) await save(t, 'saveRefreshToken', one, expires)
      await t.ask('revokeRefreshToken', token)
      await unknownTo(t, 'saveRefreshToken', token)
      await foundAsSaved(t, 'saveRefreshToken', other, expires)
    },
  },

  'revoke.idempotent': {
    functions: ['revokeRefreshToken', 'saveRefreshToken'],
    async run(t) {
      const token = aToken()
      await save(t, 'saveRefreshToken', token)
      for (const one of [aToken(), token, token]) await t.ask('revokeRefreshToken', one)
    },
  },

  'expiry.precision': {
    async run(t) {
      for (const name of offered(t)) {
        for (const ms of [3_600_001, 7_200_999]) {
          const [token, expires] = [aToken(), new Date(wholeSecond() + ms)]
          await save(t, name, token, expires)
          await foundAsSaved(t, name, token, expires)
        }
      }
    },
  },

  'expiry.null': {
    async run(t) {
      for (const name of offered(t)) {
        // A code always expires.
        if (name === 'saveAuthCode') continue
        const token = aToken()
        await save(t, name, token, null)
        await foundAsSaved(t, name, token, null)
      }
    },
  },

  'expiry.past': {
    async run(t) {
      for (const name of offered(t)) await save(t, name, aToken(), new Date(wholeSecond() - 1000))
    },
  },

  'secret.at-rest': {
    async run(t) {
      const tokens: string[] = []
      for (const name of offered(t)) {
        const token = aToken()
        tokens.push(token)
        await save(t, name, token)
      }
      const dump = Buffer.from(await t.raw.dump(t.context))
      holds(dump.length > 0, 'raw.dump() returned nothing')
      for (const [n, token] of tokens.entries())
        holds(!dump.includes(token), `A token of ${offered(t)[n]}() is in the dump in plain text`)
      holds(
        !dump.includes(t.fixtures.client.secret),
        'The secret of a client is in the dump in plain text',
      )
    },
  },

  'secret.password': {
    functions: ['getUser'],
    async run(t) {
      const { username, password } = t.fixtures.user
      holds(
        await t.ask('getUser', username, password),
        'getUser() with the right password returned nothing',
      )
      if (!t.session.settings.raw?.dump) return
      const dump = Buffer.from(await t.raw.dump(t.context))
      holds(!dump.includes(password), 'The password of a user is in the dump in plain text')
    },
  },

  'fault.error-not-miss': {
    async run(t) {
      const { wire, model } = await t.wired()
      const token = aToken()
      await save(t, 'saveAccessToken', token)
      await t.askOf(model, 'getAccessToken', [token])
      wire.refuse()
      const outcome = await t
        .askOf(model, 'getAccessToken', [token])
        .catch((error: unknown) => error)
      if (!isError(outcome))
        throw new Failure(`While the database is down, getAccessToken() returned ${show(outcome)}`)
    },
  },
}

function offered({ model }: ModelTrial): Save[] {
  return saves.filter(
    (name) => typeof model[name] === 'function' && typeof model[finders[name]] === 'function',
  )
}

/** Fails if the token is found. An error counts as finding nothing. */
async function missOrError(t: ModelTrial, name: Save, token: unknown): Promise<void> {
  const found = await t.ask(finders[name], token).catch((error: unknown) => {
    if (error instanceof Failure) throw error
    return null
  })
  holds(!found, `${finders[name]}() of ${show(token)} returned ${show(found)}`)
}
