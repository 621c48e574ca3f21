import { randomBytes } from 'node:crypto'
import { Failure, equal, holds, show } from '../expect'
import type { ExtensionAnswer } from './ask'
import { disguised, except, nearIds, nearSecrets } from './near'
import { aRequest } from './request'
import type { ModelRuns } from './run'
import type { ModelTrial } from './trial'

export const userRuns: ModelRuns = {
  'user.round-trip': {
    functions: ['getUser'],
    async run(t) {
      const { client, otherClient, user } = t.fixtures
      const { id, username, password } = user
      await assertUser(t)
      await assertUser(t)
      await t.misses('getUser', username, password.slice(0, -1))
      await Promise.all([
        assertUser(t),
        t.misses('getUser', username, password.slice(0, -1)),
        assertUser(t),
      ])

      for (const near of [username.toUpperCase(), `${username} `, `${username.slice(0, -1)}_`])
        if (near !== username) await t.misses('getUser', near, password)
      const names = [String(id), client.id, '%', '.*', ...nearIds(username), ...disguised(username)]
      for (const near of except(username, names)) await t.findsNothing('getUser', near, password)
      await t.findsNothing('getUser', client.id, client.secret)

      for (const wrong of ['', `${password} `, password.slice(0, -1)])
        await t.misses('getUser', username, wrong)
      const secrets = [client.secret, otherClient.secret, username, String(id)]
      for (const wrong of except(password, [...nearSecrets(password), ...secrets]))
        await t.findsNothing('getUser', username, wrong)
    },
  },

  'user.extension': {
    functions: ['extendedGrant'],
    async run(t) {
      const user = String(t.fixtures.user.id)
      const unknown = ['urn:example:', 'urn:ietf:params:oauth:grant-type:', 'https://example.com/']
      for (const start of unknown) {
        const grantType = `${start}${randomBytes(8).toString('hex')}`
        const answer = await extension(t, grantType, user).catch(refused)
        holds(
          !answer?.supported && !answer?.user,
          `extendedGrant() of the unknown type "${grantType}" returned ${show(answer)}`,
        )
      }
      for (const name of ['jwt-bearer', 'saml2-bearer', 'token-exchange', 'device_code']) {
        for (const forged of ['', 'x', user, unsigned(user)]) {
          const grantType = `urn:ietf:params:oauth:grant-type:${name}`
          const answer = await extension(t, grantType, forged).catch(failed)
          holds(
            !answer?.user,
            `extendedGrant() of ${name} with a forged assertion returned ${show(answer)}`,
          )
        }
      }
    },
  },
}

/** Fails unless the right password finds the user of the fixtures. */
export async function assertUser(t: ModelTrial): Promise<void> {
  const { id, username, password } = t.fixtures.user
  const found = (await t.ask('getUser', username, password)) as { id?: unknown } | null
  holds(found, 'getUser() with the right password returned nothing')
  equal(String(found.id), String(id), 'The id of the user')
}

async function extension(
  t: ModelTrial,
  grantType: string,
  credential: string,
): Promise<ExtensionAnswer | null> {
  const names = [
    'assertion',
    'code',
    'device_code',
    'subject_token',
    'token',
    'user_id',
    'username',
  ]
  const body = Object.fromEntries(names.map((name) => [name, credential]))
  const request = aRequest(t, { grant_type: grantType, ...body })
  // Nobody is signed in before the grant.
  Object.assign(request, { user: undefined })
  return (await t.ask('extendedGrant', grantType, request)) as ExtensionAnswer | null
}

/** Returns null for an error with an OAuth error code, which the server sends to the client. */
function refused(error: Error): null {
  const { error: code } = (error.cause ?? error) as { error?: unknown }
  if (typeof code === 'string') return null
  throw error
}

/** Returns null for any error of the model. */
function failed(error: Error): null {
  if (error instanceof Failure) throw error
  return null
}

/** Returns a JWT that says it has no signature. */
function unsigned(sub: string): string {
  const [header, payload] = [
    { alg: 'none', typ: 'JWT' },
    { sub, exp: 4_102_444_800 },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return `${header}.${payload}.`
}
