import { InvalidScopeError } from '../errors/errors'
import type { Settings } from '../options/settings'
import { type HookOrder, hookContext } from './hook-context'

/**
 * Resolves with the part of the scope that the hook `scopes` allows. Throws an `invalid_scope` if it
 * allows none.
 */
export async function allowedScope(
  { scopes: hook }: Settings,
  order: HookOrder,
  grantType: string,
): Promise<string> {
  if (!hook || order.scope === '') return order.scope
  const about = { ...hookContext(order), grantType }
  const allowed = await hook(about)
  const left = order.scope.split(' ').filter((scope) => allowed.includes(scope))
  if (left.length === 0)
    throw new InvalidScopeError('None of the requested scopes may be granted at present')
  return left.join(' ')
}

/** Returns a function that calls the hook `scopes` for the user at most once. */
export function allowedScopeOnce(
  settings: Settings,
  order: Omit<HookOrder, 'knownUser'>,
  grantType: string,
): (knownUser: unknown) => Promise<string> {
  let allowed: Promise<string> | undefined
  return (knownUser) => (allowed ??= allowedScope(settings, { ...order, knownUser }, grantType))
}
