import { InvalidScopeError } from '../errors/errors'

// RFC 6749 3.3
const syntax = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/**
 * The scopes of a text, each once, in the order given; `undefined` if the text breaks RFC 6749 3.3.
 */
export function parseScope(text: string): string[] | undefined {
  if (text === '') return []
  return syntax.test(text) ? [...new Set(text.split(' '))] : undefined
}

/**
 * The scopes of a grant that its client may still have: it may have been granted more than it is
 * allowed by now. `allowed` is `null` where it may have anything.
 */
export function presentScopes(granted: string, allowed: readonly string[] | null): string[] {
  const scopes = granted === '' ? [] : granted.split(' ')
  const present = scopes.filter((scope) => !allowed || allowed.includes(scope))
  if (scopes.length > 0 && present.length === 0)
    throw new InvalidScopeError('The client may have no scope of the grant any more')
  return present
}

/** Whether the granted scope has every one of the needed scopes. */
export function includesScope(granted: string, needed: readonly string[]): boolean {
  const scopes = granted.split(' ')
  return needed.every((scope) => scopes.includes(scope))
}

/**
 * The scope to grant: what was asked for, if all of it may be had, or all that may be had where
 * nothing was asked for (RFC 6749 3.3). `allowed` is `null` where anything may be asked for.
 */
export function narrowScope(asked: string | undefined, allowed: readonly string[] | null): string {
  if (asked === undefined) return (allowed ?? []).join(' ')
  const scopes = parseScope(asked)
  if (!scopes) throw new InvalidScopeError('The scope is malformed')
  const unknown = scopes.filter((scope) => allowed && !allowed.includes(scope))
  if (unknown.length > 0)
    throw new InvalidScopeError(`The scope "${unknown.join(' ')}" may not be asked for`)
  return scopes.join(' ')
}
