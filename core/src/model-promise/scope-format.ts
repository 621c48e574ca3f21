import { optionError } from '../errors/option-error'
import { longestParameter } from '../http/request'
import { parseScope, scopesIn } from '../protocol/scope'

/** The form of scopes: an array for version 5 of the server, text for versions 3 and 4. */
export type ScopeFormatName = 'array' | 'string'

/** Converts scopes between the form that the server uses and text (RFC 6749 3.3). */
export interface ScopeFormat<S> {
  /**
   * Returns the scope as text, `undefined` if it is missing, or `null` if it is malformed. Throws an
   * OptionError if it has the form of another version of the server.
   */
  read: (scope: unknown) => string | undefined | null
  /** Returns the scope in the server's form. */
  write: (scope: string) => S
  /**
   * Returns the scope as a result of `validateScope`. Servers take an empty text for a refusal, so an
   * empty scope is a single space.
   */
  writeValid: (scope: string) => S
}

const asArray: ScopeFormat<string[]> = {
  read(scope) {
    if (typeof scope === 'string') throw otherForm("'array', for version 5", 'as text', 'string')
    if (!Array.isArray(scope)) return scope === undefined || scope === null ? undefined : null
    if (!scope.every((one) => typeof one === 'string')) return null
    return read(scope.filter((one) => one !== '').join(' '))
  },
  write: scopesIn,
  writeValid: scopesIn,
}

const asText: ScopeFormat<string> = {
  read(scope) {
    if (Array.isArray(scope))
      throw otherForm("'string', for versions 3 and 4", 'as an array', 'array')
    if (typeof scope !== 'string') return scope === undefined || scope === null ? undefined : null
    return read(scope.trim())
  },
  write: (scope) => scope,
  writeValid: (scope) => scope || ' ',
}

/** Returns the converter for a form of scopes. */
export function scopeFormatOf<S extends string | string[]>(name: ScopeFormatName): ScopeFormat<S> {
  return (name === 'array' ? asArray : asText) as unknown as ScopeFormat<S>
}

function read(text: string): string | null {
  if (text.length > longestParameter) return null
  return parseScope(text)?.join(' ') ?? null
}

function otherForm(present: string, form: string, other: ScopeFormatName): Error {
  const versions = other === 'array' ? 'version 5' : 'versions 3 and 4'
  return optionError(
    'scopeFormat',
    `is ${present} of the server, but a scope arrived ${form}: set it to '${other}' for ${versions}`,
  )
}
