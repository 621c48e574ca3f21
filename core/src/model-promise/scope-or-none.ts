import type { Client } from '../contract/store'
import { InvalidScopeError } from '../errors/errors'
import { presentScopes } from '../protocol/scope'

/** Returns the scope that the client may still have, or `null` if none is left of it. */
export function scopeOrNone(granted: string, { scopes }: Client): string | null {
  try {
    return presentScopes(granted, scopes).join(' ')
  } catch (error) {
    if (error instanceof InvalidScopeError) return null
    throw error
  }
}
