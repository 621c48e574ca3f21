import { InvalidScopeError } from '../errors/errors'

// RFC 6749 3.3
const syntax = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/**
 * Returns the distinct scopes of a text in their order, or `undefined` if the text breaks RFC 6749
 * 3.3.
 */
export function parseScope(text: string): string[] | undefined {
  if (text === '') return []
  return syntax.test(text) ? [...new Set(text.split(' '))] : undefined
}

/** Returns whether a value is one scope. */
export function isScope(value: unknown): boolean {
  return typeof value === 'string' && parseScope(value)?.length === 1
}

/** Returns the scopes of a text that was checked before. */
export function scopesIn(scope: string): string[] {
  return scope === '' ? [] : scope.split(' ')
}

/**
 * Returns the scopes of a grant that its client may still have. Scopes may have been removed from
 * the client's registration since the grant was issued. `allowed` is `null` if any scope is
 * allowed. Throws an `invalid_scope` if none is left.
 */
export function presentScopes(granted: string, allowed: readonly string[] | null): string[] {
  const scopes = scopesIn(granted)
  const present = scopes.filter((scope) => !allowed || allowed.includes(scope))
  if (scopes.length > 0 && present.length === 0)
    throw new InvalidScopeError('The client may no longer have any scope of the grant')
  return present
}

/** Returns whether the granted scope contains all of the needed scopes. */
export function includesScope(granted: string, needed: readonly string[]): boolean {
  const scopes = new Set(granted.split(' '))
  return needed.every((scope) => scopes.has(scope))
}

/**
 * Returns the scope to grant: the requested one, or all allowed scopes if none was requested (RFC
 * 6749 3.3). `allowed` is `null` if any scope is allowed. Throws an `invalid_scope` if a requested
 * scope is malformed or not allowed.
 */
export function narrowScope(
  requested: string | undefined,
  allowed: readonly string[] | null,
): string {
  if (requested === undefined) return (allowed ?? []).join(' ')
  const scopes = parseScope(requested)
  if (!scopes) throw new InvalidScopeError('The scope is malformed')
  const unknown = scopes.filter((scope) => allowed && !allowed.includes(scope))
  if (unknown.length > 0)
    throw new InvalidScopeError(`The scope "${unknown.join(' ')}" may not be requested`)
  return scopes.join(' ')
}
