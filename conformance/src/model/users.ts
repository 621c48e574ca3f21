import { createHmac, randomBytes } from 'node:crypto'
import { Failure, equal, holds, show } from '../expect'
import type { ExtensionAnswer } from './ask'
import { disguised, except, nearIds, nearSecrets } from './near'
import { aRequest } from './request'
import type { ModelRuns } from './run'
import { aToken, anotherUserId, isFound, offered, saved, savedIfAccepted } from './tokens'
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
      await tellsApart(t)
      await savesForOthers(t)
    },
  },
}

/** What only a model with `extendedGrant` can break. */
export const extensionRuns: ModelRuns = {
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
        for (const forged of ['', 'x', user, ...forgedJwts(t), saml(user), ...(await dead(t))]) {
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

/** Fails unless each of two users is found by its own password only. */
async function tellsApart(t: ModelTrial): Promise<void> {
  const { user, otherUser } = t.fixtures
  if (!otherUser) return
  const isSeeded = t.session.settings.seed !== undefined
  // A function `seed` need not store the second one.
  const found = await t.askLeniently('getUser', otherUser.username, otherUser.password)
  if (isSeeded && !found) return
  for (const one of [otherUser, user, otherUser]) await assertUser(t, one)
  await Promise.all([otherUser, user, user, otherUser].map((one) => assertUser(t, one)))
  await t.misses('getUser', user.username, otherUser.password)
  await t.misses('getUser', otherUser.username, user.password)
}

/** Fails unless a token belongs to the user for whom it was saved, and not to the last signed in. */
async function savesForOthers(t: ModelTrial): Promise<void> {
  const userId = await anotherUserId(t)
  // Twice, because the first time a promise model may be asked for the other user as well.
  for (const name of [...offered(t), ...offered(t)]) {
    await assertUser(t)
    const one = await savedIfAccepted(t, name, { userId })
    if (one) await isFound(t, one)
  }
}

/** Fails unless the right password finds the user of the fixtures. */
export async function assertUser(t: ModelTrial, user = t.fixtures.user): Promise<void> {
  const { id, username, password } = user
  const found = (await t.ask('getUser', username, password)) as { id?: unknown } | null
  holds(found, `getUser() with the right password returned nothing${t.seedHint}`)
  const hint = t.session.settings.seed ? ', which seed() saved or returned' : ''
  equal(String(found.id), String(id), `The id of the user${hint}`)
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

/** Returns JWTs with every claim of RFC 7523, but without a signature of a known key. */
function forgedJwts({ fixtures: { client, user } }: ModelTrial): string[] {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: client.id,
    sub: String(user.id),
    aud: 'https://issuer.example/oauth/token',
    iat: now,
    exp: now + 300,
    jti: aToken(),
  }
  const jwt = (alg: string, sign: (text: string) => string) => {
    const parts = [{ alg, typ: 'JWT' }, claims].map((part) => base64url(JSON.stringify(part)))
    return `${parts.join('.')}.${sign(parts.join('.'))}`
  }
  return [
    jwt('none', () => ''),
    jwt('RS256', () => base64url(randomBytes(256))),
    ...['', 'secret', client.id, aToken()].map((key) => jwt('HS256', hs256(key))),
  ]
}

/** Returns what signs a JWT with that key (HS256). */
function hs256(key: string): (text: string) => string {
  return (text) => createHmac('sha256', key).update(text).digest('base64url')
}

/** Returns a SAML assertion without a signature. */
function saml(user: string): string {
  const escaped = user.replaceAll(/[<&]/g, '')
  return base64url(
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Subject><saml:NameID>${escaped}</saml:NameID></saml:Subject></saml:Assertion>`,
  )
}

/** Resolves with tokens of the user that are no longer valid, or that are not access tokens. */
async function dead(t: ModelTrial): Promise<string[]> {
  const expires = new Date(Date.now() - 60_000)
  const tokens: string[] = []
  for (const name of offered(t)) {
    // A model may refuse a token that has expired.
    const over = await savedIfAccepted(t, name, { expires })
    if (over) tokens.push(over.token)
    if (name === 'saveAuthCode') tokens.push((await saved(t, name)).token)
  }
  return tokens
}

function base64url(data: string | Buffer): string {
  return Buffer.from(data).toString('base64url')
}
