import type { Callback, Model } from '@oauth2-kit/core'
import { type ModelContent, type SavedToken, digest, seedOf } from '../../reference/model'

// Wrappers that break one function of a 2.4 model.

type ModelFunction = NonNullable<Model[keyof Model]>
type Loose = (...args: unknown[]) => unknown

/** A result of a finder, as the reference model returns it. */
export interface Found {
  clientId: string
  userId: unknown
  expires: Date | null
}

/** Wraps a function to change the result that it passes to its callback. */
export function changed<F extends ModelFunction>(
  fn: F,
  change: (result: never, ...args: never[]) => unknown,
): F {
  return settled(fn, (callback, error, result, args) =>
    callback(error, change(result as never, ...(args as never[])) as never),
  )
}

/** Wraps a finder to change what it returns of a token that it has found. */
export function changedHit<F extends ModelFunction>(
  fn: F,
  change: (found: Found, ...args: never[]) => unknown,
): F {
  return changed(fn, (found: Found | null, ...args) => found && change(found, ...args))
}

/** Wraps a function to call its callback in another way. */
export function settled<F extends ModelFunction>(
  fn: F,
  settle: (callback: Callback, error: unknown, result: unknown, args: unknown[]) => unknown,
): F {
  const wrapped: Loose = (...all) => {
    const [args, callback] = [all.slice(0, -1), all.at(-1) as Callback]
    let answer: unknown
    ;(fn as Loose)(...args, (error: unknown, result: unknown) => {
      answer = settle(callback, error, result, args)
    })
    return answer
  }
  return wrapped as F
}

/** Wraps a function to change its arguments. */
export function withArguments<F extends ModelFunction>(
  fn: F,
  change: (...args: never[]) => unknown[],
): F {
  const wrapped: Loose = (...all) => {
    const args = change(...(all.slice(0, -1) as never[]))
    return (fn as Loose)(...args, all.at(-1))
  }
  return wrapped as F
}

/** Wraps a look-up that finds nothing to look up each of these arguments in turn. */
export function alsoTries<F extends ModelFunction>(
  fn: F,
  others: (...args: never[]) => unknown[][],
): F {
  return settled(fn, (callback, error, result, args) => {
    let found = result
    for (const other of found ? [] : others(...(args as never[])))
      (fn as Loose)(...other, (_: unknown, one: unknown) => (found ||= one))
    callback(error, found)
  })
}

/** Wraps a look-up to compare one argument in another form, such as without its case. */
export function comparedAs<F extends ModelFunction>(
  fn: F,
  at: number,
  candidates: () => Iterable<string>,
  form: (text: string) => unknown,
): F {
  return alsoTries(fn, (...args: unknown[]) => {
    const given = args[at]
    if (typeof given !== 'string') return []
    return [...candidates()]
      .filter((one) => form(one) === form(given))
      .map((one) => args.with(at, one))
  })
}

/** Returns the saved token, which the mutant may change. */
export function stored(
  content: ModelContent,
  table: 'access' | 'codes' | 'refresh',
  token: string,
): SavedToken | undefined {
  return content[table].get(digest(token))
}

/** The models that were created over each content. */
const created = new WeakMap<ModelContent, number>()

/** Returns whether this is the first model over the content. */
export function isFirst(content: ModelContent): boolean {
  const count = created.get(content) ?? 0
  created.set(content, count + 1)
  return count === 0
}

/** Returns the secrets of both clients. */
export function secretsOf(content: ModelContent): string[] {
  const { client, otherClient } = seedOf(content)
  return [client.secret, otherClient.secret]
}

/** Ways to compare a secret or password that accept a wrong one. */
export const looseForms: readonly [name: string, form: (secret: string) => unknown][] = [
  ['without its case', (secret) => secret.toLowerCase()],
  ['without spaces around it', (secret) => secret.trim()],
  ['by its first 48 bytes', (secret) => secret.slice(0, 48)],
  ['by its first 32 characters', (secret) => secret.slice(0, 32)],
  ['by its first 8 characters', (secret) => secret.slice(0, 8)],
  ['by its last 8 characters', (secret) => secret.slice(-8)],
  ['up to a zero byte', (secret) => secret.split('\0')[0]],
  ['by its length', (secret) => secret.length],
  ['as a set of characters', (secret) => secret.split('').toSorted().join('')],
  ['without accents', (secret) => secret.normalize('NFD').replaceAll(/\p{M}/gu, '')],
  ['in compatibility form', (secret) => secret.normalize('NFKC')],
  ['in Latin-1', (secret) => Buffer.from(secret, 'latin1').toString('hex')],
]
