import { randomBytes } from 'node:crypto'
import { equal, holds, show } from '../expect'
import { wholeSecond } from '../given'
import type { ModelTrial } from './trial'

/** Returns a token of the form that the 2.4 line generates: 40 hex characters. */
export function aToken(): string {
  return randomBytes(20).toString('hex')
}

/** Returns the time an hour from now, in whole seconds. */
export function inAnHour(): Date {
  return new Date(wholeSecond() + 3_600_000)
}

/** The functions that save a code or token. */
export type Save = 'saveAccessToken' | 'saveAuthCode' | 'saveRefreshToken'

/** The function that finds what each of them saves. */
export const finders = {
  saveAccessToken: 'getAccessToken',
  saveAuthCode: 'getAuthCode',
  saveRefreshToken: 'getRefreshToken',
} as const satisfies Record<Save, string>

/** Saves a token of the fixtures' client and user. */
export function save(
  t: ModelTrial,
  name: Save,
  token: string,
  expires: Date | null = inAnHour(),
): Promise<unknown> {
  const { client, user } = t.fixtures
  return t.ask(name, token, client.id, expires, { id: user.id })
}

/** The members of a code or token in the 2.4 contract. */
export interface Owned {
  clientId?: unknown
  expires?: unknown
  user?: { id?: unknown }
  userId?: unknown
}

/** Returns the result of a look-up as an object; fails if it is not one. */
export function ownerOf(found: unknown): Owned {
  holds(
    typeof found === 'object' && found !== null,
    `The look-up of a saved token returned ${show(found)}`,
  )
  return found
}

/** Fails unless the token is found as it was saved, for its client and user. */
export async function foundAsSaved(
  t: ModelTrial,
  name: Save,
  token: string,
  expires: Date | null,
): Promise<void> {
  const finder = finders[name]
  const found = ownerOf(await t.ask(finder, token))
  const time = found.expires === null ? null : Number(found.expires)
  equal(
    time,
    expires === null ? null : expires.getTime(),
    `"expires" of ${finder}(), in milliseconds`,
  )
  const userId = found.user?.id ?? found.userId
  equal(String(userId), String(t.fixtures.user.id), `The user of ${finder}()`)
  // The 2.4 line does not read the client of an access token.
  if (name !== 'saveAccessToken')
    equal(String(found.clientId), t.fixtures.client.id, `"clientId" of ${finder}()`)
}

/** Fails if the token is found. */
export async function unknownTo(t: ModelTrial, name: Save, token: unknown): Promise<void> {
  const found = await t.ask(finders[name], token)
  holds(!found, `${finders[name]}() of ${show(token)} returned ${show(found)}`)
}
