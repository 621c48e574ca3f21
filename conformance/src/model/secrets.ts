import { equal, holds, show } from '../expect'
import { encoded, reversed } from './near'
import { aRequest } from './request'
import type { ModelRuns } from './run'
import {
  type Owned,
  aToken,
  anotherUserId,
  finders,
  inAnHour,
  isFound,
  offered,
  saved,
  savedIfAccepted,
} from './tokens'
import type { ModelTrial } from './trial'

/** How many tokens are generated to judge them, and the bits that these must at least show. */
const sample = 64
const leastBits = 96
const leastLength = 20
const types = ['accessToken', 'refreshToken', 'authorization_code'] as const

export const secretRuns: ModelRuns = {
  'secret.at-rest': {
    async run(t) {
      const { client, otherClient } = t.fixtures
      const tokens: [name: string, token: string][] = []
      for (const name of offered(t)) {
        for (let n = 0; n < 2; n++) {
          const { token } = await saved(t, name)
          await t.ask(finders[name], token)
          tokens.push([`A token of ${t.titleOf(name)}`, token])
          if (n > 0 && name === 'saveRefreshToken' && t.has('revokeRefreshToken'))
            await t.ask('revokeRefreshToken', token)
        }
      }
      for (const { id, secret } of [client, otherClient]) {
        for (const given of [secret, aToken(), null]) await t.ask('getClient', id, given)
        if (t.has('getUserFromClient')) await t.ask('getUserFromClient', id, secret)
      }
      const dump = await dumpOf(t)
      for (const [what, token] of tokens) assertAbsent(dump, token, what)
      for (const { secret } of [client, otherClient])
        assertAbsent(dump, secret, 'The secret of a client')
    },
  },

  'secret.password': {
    functions: ['getUser'],
    async run(t) {
      const { username, password } = t.fixtures.user
      const user = await t.ask('getUser', username, password)
      holds(user, 'getUser() with the right password returned nothing')
      await t.ask('getUser', username, aToken())
      if (!t.session.settings.raw?.dump) return
      // The server passes the user on to the functions that save.
      const { id } = t.fixtures.client
      for (const name of offered(t)) await t.ask(name, aToken(), id, inAnHour(), user)
      assertAbsent(await dumpOf(t), password, 'The password of a user')
    },
  },

  'secret.generated': {
    functions: ['generateToken'],
    async run(t) {
      await saveOthers(t)
      const seen = new Set<string>()
      const isNew = (token: string | null, when: string) => {
        if (token === null) return
        holds(
          !seen.has(token),
          `${t.titleOf('generateToken')} returned the same token twice, ${when}`,
        )
        seen.add(token)
      }
      const access = (of = t) => generated(of, 'accessToken', tokenRequest(t))

      const made = new Map<string, string[]>(types.map((type) => [type, []]))
      for (let n = 0; n < sample; n++) {
        // One request gets an access token and a refresh token.
        const request = tokenRequest(t)
        const tokens: string[] = []
        for (const type of types) {
          const token = await generated(t, type, request)
          isNew(token, `for ${type}`)
          if (token === null) continue
          tokens.push(token)
          made.get(type)!.push(token)
        }
        assertApart(tokens)
      }
      assertRandom(made)
      await areSaved(t, made)
      for (const token of await Promise.all(Array.from({ length: sample }, () => access())))
        isNew(token, 'in simultaneous calls')
      await withoutRandom(async () => {
        for (let n = 0; n < 3; n++) isNew(await access(), 'while Math.random() was constant')
      })
      const other = await t.sibling()
      if (!other?.has('generateToken')) return
      for (let n = 0; n < sample; n++) isNew(await access(other), 'in two instances')
    },
  },
}

function tokenRequest(t: ModelTrial): object {
  const { username, password } = t.fixtures.user
  return aRequest(t, { grant_type: 'password', username, password })
}

/** Resolves with a new token, or with null if the model leaves it to the server. */
async function generated(t: ModelTrial, type: string, request: object): Promise<string | null> {
  const { client, user } = t.fixtures
  const title = t.titleOf('generateToken', type)
  const result = await t.ask('generateToken', type, request)
  if (!result) return null
  // An object is an earlier token, which is issued again.
  const isAgain = typeof result === 'object'
  const token = isAgain ? (result as Record<string, unknown>)[type] : result
  holds(
    typeof token === 'string' && token !== '',
    `${title} for ${type} returned ${show(result)}, which has no non-empty string`,
  )
  if (isAgain) {
    const whose = 'that of another user or client, expired or revoked'
    holds(!t.forbidden.has(token), `${title} returned a token as an object, which is ${whose}`)
    // The server does not save it.
    if (type === 'accessToken' && t.has('getAccessToken')) {
      const found = await t.ask('getAccessToken', token)
      holds(found, `${title} returned an object, but there is no such access token`)
      await assertReissued(t, found)
    }
    if (type === 'refreshToken' && t.has('getRefreshToken')) {
      const found = await t.ask('getRefreshToken', token)
      if (found) await assertReissued(t, found)
    }
    return null
  }
  holds(token.length >= leastLength, `${title} returned ${show(token)}, which is too short`)
  // RFC 6749, appendix A.12: visible ASCII characters.
  holds(/^[\x21-\x7e]+$/.test(token), `${title} returned ${show(token)}, which is not a token`)
  const known = [client.id, client.secret, String(user.id), user.username, user.password]
  // A short id may be in a random token by chance.
  const part = known.find((one) => one.length >= 8 && isIn(Buffer.from(token), one))
  holds(part === undefined, `${title} returned ${show(token)}, which contains ${show(part)}`)
  return token
}

/** Saves tokens that must not be issued again: of others, expired ones, and revoked ones. */
async function saveOthers(t: ModelTrial): Promise<void> {
  const userId = await anotherUserId(t)
  const clientId = t.fixtures.otherClient.id
  const expires = new Date(Date.now() - 60_000)
  for (const name of offered(t)) {
    for (const others of [{ userId }, { expires }, { clientId }]) {
      const one = await savedIfAccepted(t, name, others)
      if (one) t.forbidden.add(one.token)
    }
  }
  if (!t.has('saveRefreshToken') || !t.has('revokeRefreshToken')) return
  const { token } = await saved(t, 'saveRefreshToken')
  await t.ask('revokeRefreshToken', token)
  t.forbidden.add(token)
}

/** Fails unless a token that is issued again is that of the request's user and client, and valid. */
async function assertReissued(t: ModelTrial, found: Owned): Promise<void> {
  const { user, userId, clientId, expires } = found
  const what = 'of the token that generateToken() returned as an object'
  equal(String(user ? user.id : userId), String(await t.userId()), `The user ${what}`)
  if ((clientId ?? null) !== null)
    equal(String(clientId), t.fixtures.client.id, `The client ${what}`)
  holds(expires === null || Number(expires) > Date.now(), `The expiry ${what} is over`)
}

/** Fails if one of the tokens of a request is made from another one, which the client knows. */
function assertApart(tokens: readonly string[]): void {
  for (const [n, one] of tokens.entries()) {
    const derived = [...encoded(one), reversed(one)]
    const others = tokens.toSpliced(n, 1)
    holds(
      !others.some((other) => derived.includes(other)),
      'The model generated two tokens for one request, of which one is made from the other',
    )
  }
}

/** Fails unless the tokens of each type differ in enough bits. */
function assertRandom(made: ReadonlyMap<string, string[]>): void {
  for (const [type, tokens] of made) {
    if (tokens.length < sample / 2) continue
    const bits = Math.floor(bitsOf(tokens))
    holds(
      bits >= leastBits,
      `${tokens.length} tokens that the model generated for ${type} differ in about ${bits} bits only: at least 128 random bits are needed`,
    )
  }
}

/** Does the work while Math.random() always returns the same number. */
async function withoutRandom(work: () => Promise<void>): Promise<void> {
  const { random } = Math
  Math.random = () => 0.5
  try {
    await work()
  } finally {
    Math.random = random
  }
}

/** Fails unless the model saves and finds the tokens that it generates. */
async function areSaved(t: ModelTrial, made: ReadonlyMap<string, string[]>): Promise<void> {
  const savers = {
    accessToken: 'saveAccessToken',
    refreshToken: 'saveRefreshToken',
    authorization_code: 'saveAuthCode',
  } as const
  for (const type of types) {
    const [token] = made.get(type)!
    const name = savers[type]
    if (token !== undefined && offered(t).includes(name))
      await isFound(t, await saved(t, name, { token }))
  }
}

/** Returns how many bits differ between the tokens at most, from the characters at each position. */
function bitsOf(tokens: readonly string[]): number {
  const length = Math.min(...tokens.map((token) => token.length))
  let bits = 0
  for (let at = 0; at < length; at++) bits += Math.log2(new Set(tokens.map((one) => one[at])).size)
  return bits
}

async function dumpOf(t: ModelTrial): Promise<Buffer> {
  const dump = Buffer.from(await t.raw.dump(t.context))
  holds(dump.length > 0, 'raw.dump() returned nothing')
  return dump
}

function assertAbsent(dump: Buffer, secret: string, what: string): void {
  holds(!dump.includes(secret), `${what} is in the dump in plain text`)
  // A short one may be in the dump by chance.
  if (secret.length >= 12) holds(!isIn(dump, secret), `${what} is in the dump in another encoding`)
}

/**
 * Returns whether the first or last three quarters of the text are in the bytes: as they are, in
 * another case, reversed or encoded.
 */
function isIn(bytes: Buffer, text: string): boolean {
  const quarter = text.length >> 2
  const parts = [text.slice(0, text.length - quarter), text.slice(quarter)]
  const lower = bytes.toString('latin1').toLowerCase()
  const plain = parts.flatMap((part) => [part, reversed(part)])
  const hex = plain.map((part) => Buffer.from(part).toString('hex'))
  // Hex digits may be kept as the bytes that they stand for.
  const raw = /^([0-9a-f]{2})+$/i.test(text) ? [Buffer.from(text, 'hex')] : []
  const lists = [...parts.map((part) => Buffer.from(part)), ...raw]
  return (
    [...plain, ...hex].some((one) => lower.includes(one.toLowerCase())) ||
    lists.some((one) => bytes.includes(one.join(','))) ||
    raw.some((one) => bytes.includes(one)) ||
    lists.flatMap(base64Of).some((one) => bytes.includes(one))
  )
}

/** Returns base64 of the bytes, at each position that they can have in a longer text. */
function base64Of(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url')
    // The characters at the ends also depend on the bytes around.
    const inner = text.slice(before === 0 ? 0 : before + 1, -1)
    return [inner, inner.replaceAll('-', '+').replaceAll('_', '/')]
  })
}
