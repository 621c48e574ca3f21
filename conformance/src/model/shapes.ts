import { equal, holds, show } from '../expect'
import type { ModelFunction } from './ask'
import type { ModelTrial } from './trial'
import { aToken, ownerOf, save } from './tokens'

/** How a case is checked on a 2.4 model, and the functions that the model must have for it. */
export interface ModelRun {
  readonly functions?: readonly ModelFunction[]
  run(t: ModelTrial): Promise<void>
}

/** The functions that each grant needs, if the model has the second entry; `null` means always. */
const needed: readonly [string, ModelFunction | null, readonly ModelFunction[]][] = [
  ['every grant', null, ['getAccessToken', 'getClient', 'grantTypeAllowed', 'saveAccessToken']],
  ['the authorization_code grant', 'getAuthCode', ['saveAuthCode']],
  ['the authorization_code grant', 'saveAuthCode', ['getAuthCode']],
  ['the refresh_token grant', 'getRefreshToken', ['saveRefreshToken']],
  ['the refresh_token grant', 'saveRefreshToken', ['getRefreshToken']],
  ['the refresh_token grant', 'revokeRefreshToken', ['getRefreshToken', 'saveRefreshToken']],
]

/** The look-up functions, and their arguments after an unknown value. */
const lookUps: readonly [ModelFunction, unknown[]][] = [
  ['getAccessToken', []],
  ['getAuthCode', []],
  ['getRefreshToken', []],
  ['getClient', [null]],
  ['getUser', ['wrong password']],
  ['getUserFromClient', ['wrong secret']],
]

export const shapeRuns: Readonly<Record<string, ModelRun>> = {
  'shape.methods': {
    async run({ model }) {
      for (const [grant, sign, functions] of needed) {
        if (sign !== null && typeof model[sign] !== 'function') continue
        const missing = functions.filter((name) => typeof model[name] !== 'function')
        const because = sign === null ? '' : `, because the model has ${sign}`
        holds(missing.length === 0, `${grant} needs ${missing.join(' and ')}${because}`)
      }
    },
  },

  'shape.callback': {
    async run(t) {
      for (const [name, rest] of lookUps) {
        if (typeof t.model[name] === 'function') await t.ask(name, aToken(), ...rest)
      }
      await save(t, 'saveAccessToken', aToken())
      await t.settle()
    },
  },

  'shape.miss': {
    async run(t) {
      for (const [name, rest] of lookUps) {
        if (typeof t.model[name] !== 'function') continue
        const found = await t.ask(name, aToken(), ...rest)
        holds(!found, `${name}() of an unknown value returned ${show(found)}`)
      }
    },
  },

  'shape.expires': {
    async run(t) {
      const token = aToken()
      await save(t, 'saveAccessToken', token)
      const { expires } = ownerOf(await t.ask('getAccessToken', token))
      const isDate = Object.prototype.toString.call(expires) === '[object Date]'
      holds(
        isDate && !Number.isNaN(Number(expires)),
        `"expires" is ${show(expires)}, which is not a valid Date`,
      )
    },
  },

  'client.secret': {
    async run(t) {
      const { client, otherClient } = t.fixtures
      const { secret } = client
      holds(
        await t.ask('getClient', client.id, secret),
        'getClient() with the right secret returned nothing',
      )
      holds(
        await t.ask('getClient', client.id, null),
        'getClient() without a secret to check returned nothing',
      )
      for (const wrong of [
        '',
        ' ',
        `${secret} `,
        secret.slice(0, -1),
        `${secret}x`,
        otherClient.secret,
      ]) {
        const found = await t.ask('getClient', client.id, wrong)
        holds(!found, `getClient() with the secret ${show(wrong)} returned ${show(found)}`)
      }
    },
  },

  'client.grant': {
    async run(t) {
      const { client } = t.fixtures
      const grants = ['password', 'client_credentials', 'refresh_token', 'authorization_code']
      const allowed = await Promise.all(
        grants.map((grant) => t.ask('grantTypeAllowed', client.id, grant)),
      )
      holds(allowed.some(Boolean), 'grantTypeAllowed() allows the client no grant type at all')
      for (const grant of ['unknown', '', 'PASSWORD', 'password ', '%', 'constructor']) {
        const answer = await t.ask('grantTypeAllowed', client.id, grant)
        holds(!answer, `grantTypeAllowed() of ${show(grant)} returned ${show(answer)}`)
      }
      const stranger = await t.ask('grantTypeAllowed', aToken(), 'password')
      holds(!stranger, `grantTypeAllowed() of an unknown client returned ${show(stranger)}`)
    },
  },

  'user.round-trip': {
    functions: ['getUser'],
    async run(t) {
      const { id, username, password } = t.fixtures.user
      const found = (await t.ask('getUser', username, password)) as { id?: unknown } | null
      holds(found, 'getUser() with the right password returned nothing')
      equal(String(found.id), String(id), 'The id of the user')
      for (const near of [username.toUpperCase(), `${username} `, `${username.slice(0, -1)}_`]) {
        holds(
          !(await t.ask('getUser', near, password)),
          `getUser() of ${show(near)} returned a user`,
        )
      }
      for (const wrong of ['', `${password} `, password.toUpperCase(), password.slice(0, -1)]) {
        holds(
          !(await t.ask('getUser', username, wrong)),
          `getUser() with the password ${show(wrong)} returned a user`,
        )
      }
    },
  },
}
