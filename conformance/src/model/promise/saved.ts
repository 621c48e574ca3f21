import { randomBytes } from 'node:crypto'
import { equal, holds, show } from '../../expect'
import { clientOf, userOf } from '../contracts/promise'
import type { ModelRuns } from '../run'
import { aToken, inAnHour } from '../tokens'
import type { ModelTrial } from '../trial'

type Members = Record<string, unknown>

/** What the servers of promise models read from the results of functions that save and find. */
export const savedRuns: ModelRuns = {
  'shape.saved': {
    async run(t) {
      // One after the other, because the result must be that of this call.
      for (const one of [t.fixtures.client, t.fixtures.otherClient]) {
        const user = await userOf(t, { id: t.fixtures.user.id })
        const about = [await clientOf(t, one.id), user] as const
        const token = { ...aPair(), scope: undefined }
        const made = membersOf(await t.call('saveToken', token, ...about), 'saveToken')
        equal(made['accessToken'], token.accessToken, '"accessToken" of saveToken()')
        equal(idOf(made['client']), idOf(about[0]), 'The id of "client" of saveToken()')
        holds(made['user'], '"user" of saveToken() is missing')
        assertMaybeDate(made, 'accessTokenExpiresAt', 'saveToken')
        assertMaybeDate(made, 'refreshTokenExpiresAt', 'saveToken')
        if (t.has('getRefreshToken'))
          equal(made['refreshToken'], token.refreshToken, '"refreshToken" of saveToken()')
        if (!t.has('saveAuthCode')) continue
        const code = aCode(t)
        const kept = await t.call('saveAuthorizationCode', code, ...about)
        const { authorizationCode } = membersOf(kept, 'saveAuthorizationCode')
        const what = '"authorizationCode" of saveAuthorizationCode()'
        equal(authorizationCode, code.authorizationCode, what)
      }
    },
  },

  'shape.owner': {
    async run(t) {
      const { client, user } = t.fixtures
      const about = [await clientOf(t, client.id), await userOf(t, { id: user.id })] as const
      const { id } = membersOf(await t.call('getClient', client.id, null), 'getClient')
      const token = { ...aPair(), scope: undefined }
      await t.call('saveToken', token, ...about)
      const finders: [name: string, token: string][] = [['getAccessToken', token.accessToken]]
      if (t.has('getRefreshToken')) finders.push(['getRefreshToken', token.refreshToken])
      if (t.has('saveAuthCode')) {
        const code = aCode(t)
        await t.call('saveAuthorizationCode', code, ...about)
        finders.push(['getAuthorizationCode', code.authorizationCode])
      }
      for (const [name, saved] of finders) {
        const found = membersOf(await t.call(name, saved), name)
        const { user: owner } = found
        holds(owner, `"user" of ${name}() is ${show(owner)}: the server needs it`)
        if (name === 'getAccessToken') continue
        const { client: of } = found
        // The server compares them with ===.
        const key = (of as Members | null | undefined)?.['id']
        equal(key, id, `"client.id" of ${name}()`)
        holds(
          key === id,
          `"client.id" of ${name}() is another object than "id" of getClient(), although they are equal`,
        )
      }
    },
  },

  'code.bound': {
    functions: ['saveAuthCode', 'getAuthCode'],
    async run(t) {
      const redirectUris = [
        t.fixtures.client.redirectUri ?? 'https://client.example/callback',
        'https://client.example/Callback?app=1,2&next=%2F#',
      ]
      for (const redirectUri of redirectUris) {
        const found = await savedCode(t, { redirectUri })
        equal(found['redirectUri'], redirectUri, '"redirectUri" of getAuthorizationCode()')
      }
    },
  },

  'code.challenge': {
    functions: ['saveAuthCode', 'getAuthCode'],
    async run(t) {
      const challenges = Array.from({ length: 3 }, () => randomBytes(32).toString('base64url'))
      for (const codeChallenge of challenges) {
        const pkce = { codeChallenge, codeChallengeMethod: 'S256' }
        const found = await savedCode(t, pkce)
        for (const [name, value] of Object.entries(pkce))
          equal(found[name], value, `"${name}" of getAuthorizationCode()`)
      }
      const without = await savedCode(t, {})
      holds(
        !without['codeChallenge'],
        `"codeChallenge" of getAuthorizationCode() is ${show(without['codeChallenge'])} for a code that was saved without one`,
      )
    },
  },
}

/** Saves a code with these members, and resolves with what its look-up returns. */
export async function savedCode(t: ModelTrial, members: Members): Promise<Members> {
  const { client, user } = t.fixtures
  const code = { ...aCode(t), ...members }
  const owner = await userOf(t, { id: user.id })
  await t.call('saveAuthorizationCode', code, await clientOf(t, client.id), owner)
  return membersOf(
    await t.call('getAuthorizationCode', code.authorizationCode),
    'getAuthorizationCode',
  )
}

function aCode(t: ModelTrial) {
  return {
    authorizationCode: aToken(),
    expiresAt: inAnHour(),
    redirectUri: t.fixtures.client.redirectUri,
    scope: undefined,
  }
}

/** Returns an access token and a refresh token, as the server passes them to saveToken(). */
export function aPair() {
  return {
    accessToken: aToken(),
    accessTokenExpiresAt: inAnHour(),
    refreshToken: aToken(),
    refreshTokenExpiresAt: inAnHour(),
  }
}

/** Returns a result as an object; fails if it is none. */
export function membersOf(found: unknown, name: string): Members {
  holds(typeof found === 'object' && found !== null, `${name}() returned ${show(found)}`)
  return found as Members
}

function idOf(client: unknown): string {
  return String((client as Members | null | undefined)?.['id'])
}

function assertMaybeDate(found: Members, name: string, of: string): void {
  const value = found[name]
  const isDate = value instanceof Date && !Number.isNaN(value.getTime())
  holds(!value || isDate, `"${name}" of ${of}() is ${show(value)}, which is not a valid Date`)
}
