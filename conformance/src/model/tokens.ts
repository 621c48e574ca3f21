import { randomBytes } from 'node:crypto'
import { types } from 'node:util'
import { Failure, equal, holds, show } from '../expect'
import { wholeSecond } from '../given'
import type { ModelTrial } from './trial'

/** The functions that save a code or token. */
export type Save = 'saveAccessToken' | 'saveAuthCode' | 'saveRefreshToken'

const saves = ['saveAccessToken', 'saveAuthCode', 'saveRefreshToken'] as const satisfies Save[]

/** The function that finds what each of them saves. */
export const finders = {
  saveAccessToken: 'getAccessToken',
  saveAuthCode: 'getAuthCode',
  saveRefreshToken: 'getRefreshToken',
} as const satisfies Record<Save, string>

/** The functions that find a code or token. */
export type Finder = (typeof finders)[Save]

/** A code or token as it was saved. */
export interface Saved {
  readonly name: Save
  readonly token: string
  readonly clientId: string
  readonly userId: string | number
  readonly expires: Date | null
}

/** The members of a code or token, by their names in 2.4. */
export interface Owned {
  clientId?: unknown
  expires?: unknown
  user?: { id?: unknown } | null
  userId?: unknown
}

/** Returns the functions of the model that save something, if it can also find it. */
export function offered(t: ModelTrial): Save[] {
  return saves.filter((name) => t.has(name) && t.has(finders[name]))
}

/** Returns a token of the form that the server generates: 40 hex characters, with a letter. */
export function aToken(): string {
  return `a${randomBytes(20).toString('hex').slice(1)}`
}

/** Returns the time an hour from now, in whole seconds. */
export function inAnHour(): Date {
  return new Date(wholeSecond() + 3_600_000)
}

/** Returns the time in so many days from now, in whole seconds. */
export function inDays(days: number): Date {
  return new Date(wholeSecond() + days * 86_400_000)
}

/** Saves a token, by default a new one of the fixtures' client and user. */
export async function saved(
  t: ModelTrial,
  name: Save,
  differences: Partial<Omit<Saved, 'name'>> = {},
): Promise<Saved> {
  const one = {
    name,
    token: aToken(),
    clientId: t.fixtures.client.id,
    userId: await t.userId(),
    expires: inAnHour(),
    ...differences,
  }
  // The model gets its own Date, and may keep it.
  const expires = one.expires && new Date(one.expires)
  await t.ask(name, one.token, one.clientId, expires, { id: one.userId })
  return one
}

/** Saves a token that never expires, if the contract has such tokens. A code always expires. */
export async function forEver(t: ModelTrial, name: Save): Promise<Saved[]> {
  if (name === 'saveAuthCode' || !t.contract.neverExpires) return []
  return [await saved(t, name, { expires: null })]
}

/**
 * Like `saved`, but resolves with null if the model refuses the token with an error, or if it may
 * lose the token of a client or user that does not exist, and has.
 */
export async function savedIfAccepted(
  t: ModelTrial,
  name: Save,
  differences: Partial<Omit<Saved, 'name'>>,
): Promise<Saved | null> {
  const one = await saved(t, name, differences).catch((error: unknown) => {
    if (error instanceof Failure) throw error
    return null
  })
  if (!one || !t.contract.ownersExist || (await ownersExist(t, one))) return one
  const found = (await t.askLeniently(finders[name], one.token)) as Owned | null
  if (name === 'saveAuthCode') t.foundCodes.add(one.token)
  return found?.user && found.clientId !== undefined ? one : null
}

/** Resolves with whether the client and the user of the token are those of the fixtures. */
async function ownersExist(t: ModelTrial, { clientId, userId }: Saved): Promise<boolean> {
  const { client, otherClient, user, otherUser } = t.fixtures
  if (clientId !== client.id && clientId !== otherClient.id) return false
  if (String(userId) === String(user.id)) return true
  if (!otherUser || String(userId) !== String(otherUser.id)) return false
  // A function `seed` need not store the second one.
  if (!t.session.settings.seed || !t.has('getUser')) return true
  const { username, password } = otherUser
  const key = 'whether the other user exists'
  const found = t.known.get(key) ?? t.askLeniently('getUser', username, password)
  t.known.set(key, found)
  return Boolean(await found)
}

/** Returns the result of a look-up as an object; fails if it is not one. */
export function ownerOf(found: unknown): Owned {
  holds(
    typeof found === 'object' && found !== null,
    `The look-up of a saved token returned ${show(found)}`,
  )
  return found
}

/** Fails unless the token is found as it was saved. A code that was found before may be gone. */
export async function isFound(t: ModelTrial, one: Saved): Promise<void> {
  await areFound(t, [one])
}

/** Looks up the tokens at the same time, and fails unless each is found as it was saved. */
export async function areFound(t: ModelTrial, all: readonly Saved[]): Promise<void> {
  const answers = await Promise.all(all.map(({ name, token }) => t.ask(finders[name], token)))
  for (const [n, one] of all.entries()) {
    if (!answers[n] && t.foundCodes.has(one.token)) continue
    if (one.name === 'saveAuthCode') t.foundCodes.add(one.token)
    assertAsSaved(t, answers[n], one)
  }
}

/** Fails unless the expiry in the result of a look-up is a Date. */
export function assertDate(t: ModelTrial, expires: unknown, finder: Finder): void {
  if (types.isDate(expires) && !Number.isNaN(Number(expires))) return
  const text = `${show(expires)}, which is not a valid Date`
  const difference = { path: 'expires', kind: 'type', text } as const
  throw new Failure(`${expiryOf(t, finder)} is ${text}`, [difference])
}

/** Fails unless the result of the look-up is the token as it was saved. */
export function assertAsSaved(
  t: ModelTrial,
  answer: unknown,
  { name, expires, userId, clientId }: Saved,
): void {
  const [finder, found] = [finders[name], ownerOf(answer)]
  const title = t.titleOf(finder)
  const time = found.expires && Number(found.expires)
  // A model that returns no valid Date has one defect, whatever the case is about.
  if (Number.isNaN(time) || (time === undefined && expires)) assertDate(t, found.expires, finder)
  equal(time, expires && expires.getTime(), expiryOf(t, finder))
  // The server reads `userId` only if the model returns no `user`.
  const id = found.user ? found.user.id : found.userId
  // A string may be found as another type, such as an ObjectId; a number must remain one.
  const asFound = (value: unknown) => (typeof userId === 'number' ? value : String(value))
  equal(asFound(id), asFound(userId), `The user of ${title}`)
  // No server reads the client of an access token.
  if (name !== 'saveAccessToken' || (found.clientId ?? null) !== null)
    equal(String(found.clientId), clientId, `"${t.memberOf(finder, 'clientId')}" of ${title}`)
}

/** Returns the member with the expiry in the result of a look-up, for a message. */
function expiryOf(t: ModelTrial, finder: Finder): string {
  return `"${t.memberOf(finder, 'expires')}" of ${t.titleOf(finder)}`
}

/** Fails if the token is found, unless the model then refuses to revoke it. */
export async function isUnknown(t: ModelTrial, { name, token }: Saved): Promise<void> {
  const found = await t.ask(finders[name], token)
  if (!found || (await t.contract.isRevoked(t, finders[name], found))) return
  t.assertMiss(finders[name], [token], found)
}

/** Resolves with the id of another user, which the model may refuse if no such user exists. */
export async function anotherUserId(t: ModelTrial): Promise<string | number> {
  const { user, otherUser } = t.fixtures
  if (otherUser && t.contract.ownersExist) return otherUser.id
  const { id } = user
  if (typeof id === 'string') return `${id}-2`
  return typeof (await t.userId()) === 'string' ? String(id + 1) : id + 1
}
